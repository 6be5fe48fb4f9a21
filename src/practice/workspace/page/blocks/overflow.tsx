import type { Overflow } from '@slack/types';
import { MenuButton } from '../parts/menu.tsx';
import { safeUrl } from '../text/nodes.ts';
import { Plain } from '../text/text.tsx';
import { type ElementProps, useSurface } from './surface.ts';

export function OverflowElement({ element, place }: ElementProps<Overflow>) {
  const surface = useSurface();
  async function pick(key: string) {
    const option = element.options[Number(key)];
    if (!option) return;
    const url = safeUrl(option.url ?? '');
    if (url !== null) window.open(url, '_blank', 'noopener,noreferrer');
    if (element.confirm && !(await surface.confirm(element.confirm))) return;
    await surface.act({
      type: 'overflow',
      block_id: place.blockId,
      action_id: element.action_id,
      selected_option: option,
    });
  }
  const items = element.options.map((option, index) => ({
    key: `${index}`,
    face: <Plain text={option.text} />,
  }));
  return (
    <MenuButton
      className="button button-default button-overflow"
      label="More options"
      face="⋯"
      items={items}
      onPick={(key) => void pick(key)}
    />
  );
}
