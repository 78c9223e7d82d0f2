import type { TokenTable } from "@breakwater/domain/query/index";
import {
  acceptCompletion,
  autocompletion,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  completionStatus,
  moveCompletionSelection,
  selectedCompletionIndex,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { type Diagnostic, linter } from "@codemirror/lint";
import { type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { styleNonce } from "../../nonce.ts";
import { checkText, spanOf, withSuggestion } from "./check-text.ts";
import { type Choice, completeQuery } from "./complete-query.ts";
import { qqlHighlighting, qqlLanguage } from "./qql-language.ts";

/** Instead of the image that CodeMirror draws it with: the page loads none but its own files. */
const UNDERLINE = EditorView.theme({
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--band-critical) 1.5px" },
});

/**
 * Text typed over a selection: left to Chromium, it would keep the look of what was there in a style attribute, which the
 * page's policy refuses.
 */
const TYPED_OVER = EditorView.domEventHandlers({
  beforeinput: ({ inputType, data }, view) => {
    const { main } = view.state.selection;
    if (inputType !== "insertText" || data === null || main.empty || view.composing) return false;
    const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: "input.type" });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, main.from, main.to, data, insert))) view.dispatch(insert());
    return true;
  },
});

/** What makes a CodeMirror an editor of one kind of query. Enter runs it, Shift-Enter begins a line. */
export function queryExtensions(parts: {
  table: TokenTable;
  label: string;
  hint: string;
  onRun: (text: string) => void;
  onChange: (text: string) => void;
}): Extension {
  const { table, label, hint, onRun, onChange } = parts;
  const run = (view: EditorView) => {
    onRun(view.state.doc.toString());
    return true;
  };
  return [
    EditorView.cspNonce.of(styleNonce),
    EditorView.lineWrapping,
    UNDERLINE,
    TYPED_OVER,
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
    history(),
    placeholder(hint),
    bracketMatching(),
    closeBrackets(),
    qqlLanguage,
    qqlHighlighting,
    autocompletion({
      override: [toSource(table)],
      icons: false,
      maxRenderedOptions: 200,
      // Enter runs what is written, unless a completion was gone to; then nothing is taken by accident, however fast.
      selectOnOpen: false,
      interactionDelay: 0,
      activateOnCompletion: ({ type }) => type === "token" || type === "group",
    }),
    linter((view) => lint(view.state.doc.toString(), table), { delay: 250 }),
    Prec.high(
      keymap.of([
        ...completionKeymap,
        { key: "Tab", run: takeCompletion },
        { key: "Enter", run },
        { key: "Mod-Enter", run },
      ]),
    ),
    keymap.of([...closeBracketsKeymap, ...historyKeymap, ...defaultKeymap]),
  ];
}

/** The completion that was gone to, or the first; without any, Tab leaves the box as everywhere on a page. */
function takeCompletion(view: EditorView): boolean {
  if (completionStatus(view.state) !== "active") return false;
  if (selectedCompletionIndex(view.state) === null) moveCompletionSelection(true)(view);
  return acceptCompletion(view);
}

function toSource(table: TokenTable): CompletionSource {
  return ({ state, pos, explicit }) => {
    const text = state.doc.toString();
    const found = completeQuery(text, pos, table);
    // Not in the way of who only looks at the box, or has just written a whole condition.
    if (found === undefined || (found.from === pos && !explicit && !/[:=<>(,[]\s*$/.test(text.slice(0, pos))))
      return null;
    return { from: found.from, options: found.choices.map(toCompletion), validFor: /^[\w.-]*$/ };
  };
}

function toCompletion({ label, text, kind, detail, documentation, example }: Choice) {
  return {
    label,
    apply: text ?? label,
    type: kind,
    ...(detail === undefined ? {} : { detail }),
    ...(documentation === undefined ? {} : { info: () => toInfo(documentation, example) }),
  };
}

function toInfo(documentation: string, example: string | undefined): Node {
  const box = document.createElement("div");
  box.append(documentation);
  if (example !== undefined) {
    const code = document.createElement("code");
    code.textContent = example;
    box.append(document.createElement("br"), code);
  }
  return box;
}

function lint(text: string, table: TokenTable): Diagnostic[] {
  const error = checkText(text, table);
  if (error === undefined) return [];
  const fixed = withSuggestion(text, error);
  const actions =
    fixed === undefined
      ? []
      : [
          {
            name: `Use ${error.suggestion}`,
            apply: (view: EditorView) =>
              view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: fixed } }),
          },
        ];
  return [{ ...spanOf(text, error), severity: "error", message: error.message, actions }];
}
