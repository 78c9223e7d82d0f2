import { Anchor, type AnchorProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

/** A link within the console, in the looks of the others. */
export const RecordLink = createLink(
  ({ ref, ...props }: AnchorProps & AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement> }) => (
    <Anchor ref={ref} inherit {...props} />
  ),
);

/**
 * An address that a scanner or feed told: a link only when it is one of the web, and then to a tab of its own.
 *
 * @param props.text shown instead of the address
 */
export function ForeignLink({ href, text = href }: { href: string; text?: string }) {
  const { protocol } = URL.parse(href) ?? {};
  if (protocol !== "https:" && protocol !== "http:") return <span>{text}</span>;
  return (
    <Anchor inherit href={href} target="_blank" rel="noreferrer noopener">
      {text}
    </Anchor>
  );
}
