import type { MrkdwnElement, PlainTextElement } from '@slack/types';
import { type MouseEvent, type ReactNode, useMemo } from 'react';
import { placeOfLink } from '../state/navigation.ts';
import { fullDate, slackDate } from './dates.ts';
import { useDirectory } from './directory.ts';
import { inOrder } from './in-order.ts';
import { parseMrkdwn, parsePlain } from './mrkdwn.ts';
import type { Align, Inline, TextBlock } from './nodes.ts';
import { useNow } from './now.ts';

type Of<Kind extends Inline['kind']> = Extract<Inline, { kind: Kind }>;

export function Inlines({ nodes }: { nodes: readonly Inline[] }): ReactNode {
  return inOrder(nodes, (node) => <InlineNode node={node} />);
}

function InlineNode({ node }: { node: Inline }): ReactNode {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'break':
      return <br />;
    case 'bold':
      return (
        <b>
          <Inlines nodes={node.children} />
        </b>
      );
    case 'italic':
      return (
        <i>
          <Inlines nodes={node.children} />
        </i>
      );
    case 'strike':
      return (
        <s>
          <Inlines nodes={node.children} />
        </s>
      );
    case 'code':
      return <code className="code">{node.text}</code>;
    case 'link':
      return (
        <WebLink url={node.url}>
          <Inlines nodes={node.children} />
        </WebLink>
      );
    case 'emoji':
      return (
        <span
          className="emoji"
          role="img"
          aria-label={node.name.replaceAll('_', ' ')}
          title={`:${node.name}:`}
        >
          {node.unicode}
        </span>
      );
    case 'date':
      return <DateText node={node} />;
    case 'color':
      return <code className="code">{node.value}</code>;
    default:
      return <Mention node={node} />;
  }
}

/** A message of this workspace opens in its place; everything else in a tab of its own. */
export function WebLink({ url, children }: { url: string; children: ReactNode }) {
  const { openChannel } = useDirectory();
  const open = (click: MouseEvent) => {
    const to = placeOfLink(url, location.origin);
    if (to === null) return;
    click.preventDefault();
    openChannel(to.channel, to.thread);
  };
  return (
    <a className="link" href={url} title={url} target="_blank" rel="noopener noreferrer" onClick={open}>
      {children}
    </a>
  );
}

function DateText({ node }: { node: Of<'date'> }) {
  const now = useNow(/ago|pretty/.test(node.format));
  const shown = slackDate(node.unix, node.format, node.fallback, { now });
  const moment = new Date(node.unix * 1000);
  if (Number.isNaN(moment.getTime())) return shown;
  const time = (
    <time dateTime={moment.toISOString()} title={fullDate(node.unix, { now })}>
      {shown}
    </time>
  );
  return node.url === undefined ? time : <WebLink url={node.url}>{time}</WebLink>;
}

function Mention({ node }: { node: Of<'user' | 'channel' | 'group' | 'broadcast'> }) {
  const { me, people, channels, groups, openChannel } = useDirectory();
  if (node.kind === 'broadcast') return <span className="mention mention-me">@{node.range}</span>;
  if (node.kind === 'user') {
    const mine = node.id === me.id ? ' mention-me' : '';
    return <bdi className={`mention${mine}`}>@{people.get(node.id)?.name ?? node.label ?? node.id}</bdi>;
  }
  if (node.kind === 'group') {
    const group = groups[node.id];
    const mine = group?.members.includes(me.id) ? ' mention-me' : '';
    const handle = group ? `@${group.handle}` : (node.label ?? '@unknown-group');
    return <bdi className={`mention${mine}`}>{handle}</bdi>;
  }
  const channel = channels.get(node.id);
  if (!channel) return <bdi className="mention">#{node.label ?? 'private-channel'}</bdi>;
  return (
    <button type="button" className="mention mention-channel" onClick={() => openChannel(channel.id)}>
      #{channel.name}
    </button>
  );
}

function Block({ block }: { block: TextBlock }): ReactNode {
  switch (block.kind) {
    case 'paragraph':
      return (
        <div className="text-line">
          <Inlines nodes={block.children} />
        </div>
      );
    case 'heading':
      return (
        <h3 className={`text-heading text-heading-${block.level}`}>
          <Inlines nodes={block.children} />
        </h3>
      );
    case 'pre':
      return <pre className="pre">{block.text}</pre>;
    case 'quote':
      return (
        <blockquote className="quote">
          <TextBlocks blocks={block.children} />
        </blockquote>
      );
    case 'rule':
      return <hr className="divider" />;
    case 'list':
      return <ListBlock block={block} />;
    case 'table':
      return <Table rows={block.rows} align={block.align} show={(cell) => <Inlines nodes={cell} />} />;
  }
}

function ListBlock({ block }: { block: Extract<TextBlock, { kind: 'list' }> }) {
  const className = `list list-${block.indent}`;
  const items = inOrder(block.items, (item) => (
    <li>
      <Inlines nodes={item} />
    </li>
  ));
  return block.ordered ? (
    <ol className={className} start={block.start}>
      {items}
    </ol>
  ) : (
    <ul className={className}>{items}</ul>
  );
}

interface TableProps<Cell> {
  rows: readonly (readonly Cell[])[];
  align: readonly (Align | undefined)[];
  show(cell: Cell): ReactNode;
}

/** Its first row is its head. */
export function Table<Cell>({ rows: [head = [], ...body], align, show }: TableProps<Cell>) {
  const side = (column: number) => `cell-${align[column] ?? 'left'}`;
  const headCell = (cell: Cell, column: number) => (
    <th scope="col" className={side(column)}>
      {show(cell)}
    </th>
  );
  const bodyCell = (cell: Cell, column: number) => <td className={side(column)}>{show(cell)}</td>;
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>{inOrder(head, headCell)}</tr>
        </thead>
        <tbody>
          {inOrder(body, (row) => (
            <tr>{inOrder(row, bodyCell)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function TextBlocks({ blocks }: { blocks: readonly TextBlock[] }): ReactNode {
  return inOrder(blocks, (block) => <Block block={block} />);
}

/** Slack's mrkdwn. What it holds cannot reach beyond itself: bidirectional text is isolated. */
export function Mrkdwn({ source }: { source: string }) {
  const blocks = useMemo(() => parseMrkdwn(source), [source]);
  return (
    <div className="mrkdwn" dir="auto">
      <TextBlocks blocks={blocks} />
    </div>
  );
}

export function Plain({ text }: { text: PlainTextElement }) {
  return (
    <bdi>
      <Inlines nodes={parsePlain(text.text, text.emoji !== false)} />
    </bdi>
  );
}

export function TextObject({ text }: { text: MrkdwnElement | PlainTextElement }) {
  return text.type === 'mrkdwn' ? (
    <Mrkdwn source={text.text} />
  ) : (
    <div className="mrkdwn" dir="auto">
      <Plain text={text} />
    </div>
  );
}
