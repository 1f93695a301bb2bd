import type { TreeView, ViewEntry } from "@tsbuild/layers";

/** A tree in which everything was changed at one time; the tree as it is when there is none. It goes with the tree. */
export function datedView(view: TreeView, seconds: number | undefined): TreeView {
  if (seconds === undefined) return view;
  const dated = (entry: ViewEntry): ViewEntry => ({ ...entry, mtimeSeconds: seconds, mtimeNanoseconds: 0 });
  return {
    lookup: (path) => {
      const entry = view.lookup(path);
      return entry && dated(entry);
    },
    list: (directory) => view.list(directory),
    ...(view.children !== undefined && {
      children: (directory) =>
        (view.children?.(directory) ?? []).map(({ path, entry }) => ({ path, entry: dated(entry) })),
    }),
    xattrs: (path) => view.xattrs(path),
    prepare: (paths) => view.prepare(paths),
    content: (path) => view.content(path),
    [Symbol.dispose]: () => view[Symbol.dispose](),
  };
}
