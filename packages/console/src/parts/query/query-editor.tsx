import type { TokenTable } from "@breakwater/domain/query/index";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useEffectEvent, useRef } from "react";
import classes from "./query-editor.module.css";
import { queryExtensions } from "./query-extensions.ts";

/**
 * The one editor of queries: completion and description of tokens and known values, errors underlined as they are written.
 *
 * @param props.value what stands in it; a change from outside replaces what was typed
 * @param props.onRun with the text, when Enter is pressed
 */
export function QueryEditor(props: {
  table: TokenTable;
  label: string;
  hint: string;
  value: string;
  onRun: (text: string) => void;
  onChange: (text: string) => void;
}) {
  const { table, label, hint, value } = props;
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const run = useEffectEvent((text: string) => props.onRun(text));
  const change = useEffectEvent((text: string) => props.onChange(text));
  const readValue = useEffectEvent(() => value);
  useEffect(() => {
    const extensions = queryExtensions({
      table,
      label,
      hint,
      onRun: (text) => run(text),
      onChange: (text) => change(text),
    });
    const view = new EditorView({
      state: EditorState.create({ doc: readValue(), extensions }),
      parent: place.current as HTMLDivElement,
    });
    editor.current = view;
    return () => view.destroy();
  }, [table, label, hint]);
  useEffect(() => {
    const view = editor.current;
    if (view === null || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
  }, [value]);
  return <div className={classes.box} ref={place} />;
}
