// Finds the byte at which a hop's TraceHeader belongs, while a message is read.
import type { Element, MarkupEvent } from './markup.ts';
import type { TracePlace } from './types.ts';

/** Watches the tags of one message. */
export class TraceFinder {
  /** Known once the envelope has closed. */
  place: TracePlace | null = null;
  #list: Element | undefined;

  /** @param offset of the byte after the tag */
  take({ kind, element, parent }: MarkupEvent, offset: number): void {
    if (this.#list === undefined && parent?.name === 'edXMLHeader') {
      if (kind === 'open' && element.name === 'TraceHeaderList') this.#set(element, element, offset);
      else if (kind === 'close' && element.name === 'MessageHeader')
        this.place = { offset, prefix: parent.prefix, indent: element.indent, isListMissing: true };
    } else if (kind === 'close' && element.name === 'TraceHeader' && parent === this.#list && this.#list)
      this.#set(this.#list, element, offset);
    else if (kind === 'close' && element === this.#list && this.place?.offset === offset) this.place = null;
  }

  #set(list: Element, sibling: Element, offset: number): void {
    this.#list = list;
    const indent = sibling === list && list.indent !== '' ? `${list.indent}  ` : sibling.indent;
    this.place = { offset, prefix: list.prefix, indent, isListMissing: false };
  }
}
