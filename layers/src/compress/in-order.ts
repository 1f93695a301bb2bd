/** As many as keep the cores busy without filling libuv's pool of four, which name look-ups and file work share. */
const inFlight = 3;

/** Runs a job for each item, a few at once, and yields the results in the order of the items. */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  job: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = [];
  for await (const item of items) {
    const result = job(item);
    // Whoever stops reading early leaves jobs that nobody awaits; their failures are not news then.
    result.catch(() => {});
    running.push(result);
    if (running.length === inFlight) yield await (running.shift() as Promise<Result>);
  }
  for (const result of running) yield await result;
}
