import { qqlParser } from "@breakwater/domain/query/index";
import { HighlightStyle, LRLanguage, syntaxHighlighting } from "@codemirror/language";
import { styleTags, tags } from "@lezer/highlight";

/** The language by the server's own grammar. */
export const qqlLanguage = LRLanguage.define({
  name: "qql",
  parser: qqlParser.configure({
    props: [
      styleTags({
        TokenName: tags.propertyName,
        "AndWord OrWord NotWord IsWord NullWord": tags.keyword,
        "BareValue BareItem BoundWord": tags.literal,
        "DoubleQuoted SingleQuoted Backticked": tags.string,
        'Comparison Dots ":"': tags.operator,
        '"(" ")" "[" "]" ","': tags.bracket,
      }),
    ],
  }),
});

/** Colours are variables of styles.css, so that they follow light and dark. */
export const qqlHighlighting = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.propertyName, color: "var(--qql-token)" },
    { tag: tags.keyword, color: "var(--qql-keyword)", fontWeight: "600" },
    { tag: tags.literal, color: "var(--qql-value)" },
    { tag: tags.string, color: "var(--qql-string)" },
    { tag: [tags.operator, tags.bracket], color: "var(--qql-operator)" },
  ]),
);
