import type {
  ContextBlock,
  ImageElement,
  InputBlock,
  KnownBlock,
  SectionBlock,
  TableBlock,
  TextObject as TextLike,
} from '@slack/types';
import { type ReactNode, useId, useMemo } from 'react';
import type { ElementLike } from '../state/values.ts';
import { inOrder } from '../text/in-order.ts';
import { parseMarkdown } from '../text/markdown.ts';
import { richTextBlocks } from '../text/rich-text.ts';
import { Plain, Table, TextBlocks, TextObject } from '../text/text.tsx';
import { BlockElement } from './element.tsx';
import { ImageBlockView, SmallImage } from './image.tsx';
import { useSurface } from './surface.ts';

/** Block Kit, as Slack shows it. */
export function Blocks({ blocks }: { blocks: readonly KnownBlock[] }) {
  return (
    <div className="blocks">
      {blocks.map((block, index) => (
        <BlockView key={block.block_id ?? `${index}`} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: KnownBlock }): ReactNode {
  switch (block.type) {
    case 'section':
      return <Section block={block} />;
    case 'header':
      return (
        <h3 className="block-header">
          <Plain text={block.text} />
        </h3>
      );
    case 'divider':
      return <hr className="divider" />;
    case 'context':
      return <Context block={block} />;
    case 'actions':
      return <Actions elements={block.elements as unknown as ElementLike[]} blockId={block.block_id ?? ''} />;
    case 'image':
      return <ImageBlockView block={block} />;
    case 'input':
      return <Input block={block} />;
    case 'rich_text':
      return (
        <div className="mrkdwn" dir="auto">
          <TextBlocks blocks={richTextBlocks(block)} />
        </div>
      );
    case 'markdown':
      return <MarkdownView text={block.text} />;
    case 'table':
      return <TableView block={block} />;
    default:
      return (
        <p className="unsupported">The practice workspace cannot show a block of type “{block.type}”.</p>
      );
  }
}

function Section({ block }: { block: SectionBlock }) {
  const accessory = block.accessory as unknown as ElementLike | undefined;
  return (
    <div className="section">
      <div className="section-body">
        {block.text && <TextObject text={block.text} />}
        {block.fields && <Fields fields={block.fields} />}
      </div>
      {accessory && (
        <div className="section-accessory">
          <BlockElement element={accessory} place={{ blockId: block.block_id ?? '', silent: false }} />
        </div>
      )}
    </div>
  );
}

function Fields({ fields }: { fields: readonly TextLike[] }) {
  return (
    <div className="fields">
      {inOrder(fields, (field) => (
        <TextObject text={field} />
      ))}
    </div>
  );
}

function Context({ block }: { block: ContextBlock }) {
  const part = (element: ContextBlock['elements'][number]) =>
    element.type === 'image' ? (
      <SmallImage image={element as ImageElement} className="context-image" />
    ) : (
      <TextObject text={element} />
    );
  return <div className="context">{inOrder(block.elements, part)}</div>;
}

function Actions({ elements, blockId }: { elements: readonly ElementLike[]; blockId: string }) {
  return (
    <div className="actions">
      {elements.map((element, index) => (
        <BlockElement
          key={element.action_id ?? `${index}`}
          element={element}
          place={{ blockId, silent: false }}
        />
      ))}
    </div>
  );
}

function Input({ block }: { block: InputBlock }) {
  const id = useId();
  const blockId = block.block_id ?? '';
  const error = useSurface().errors[blockId];
  const described = [block.hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className={error ? 'input input-invalid' : 'input'} data-block={blockId}>
      <div className="input-label" id={`${id}-label`}>
        <Plain text={block.label} />
        {block.optional && <span className="input-optional"> (optional)</span>}
      </div>
      <BlockElement
        element={block.element as unknown as ElementLike}
        place={{
          blockId,
          silent: block.dispatch_action !== true,
          labelledBy: `${id}-label`,
          describedBy: described || undefined,
          invalid: error !== undefined,
        }}
      />
      {error && (
        <div className="input-error" id={`${id}-error`} role="alert">
          {error}
        </div>
      )}
      {block.hint && (
        <div className="input-hint" id={`${id}-hint`}>
          <Plain text={block.hint} />
        </div>
      )}
    </div>
  );
}

function MarkdownView({ text }: { text: string }) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  return (
    <div className="mrkdwn" dir="auto">
      <TextBlocks blocks={blocks} />
    </div>
  );
}

function TableView({ block }: { block: TableBlock }) {
  const align = (block.column_settings ?? []).map((column) => column?.align);
  return (
    <Table
      rows={block.rows}
      align={align}
      show={(cell) =>
        cell.type === 'rich_text' ? <TextBlocks blocks={richTextBlocks(cell)} /> : <bdi>{cell.text}</bdi>
      }
    />
  );
}
