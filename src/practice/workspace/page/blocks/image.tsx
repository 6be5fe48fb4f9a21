import type { ImageBlock, ImageElement } from '@slack/types';
import { useState } from 'react';
import { useLightbox } from '../parts/lightbox.tsx';
import { safeUrl } from '../text/nodes.ts';
import { Plain } from '../text/text.tsx';

/** An image's address, if a browser may load it: http(s), or a file of this server, whatever name that goes by. */
export function imageUrl(image: unknown): string | null {
  const { image_url, slack_file } = image as { image_url?: string; slack_file?: { url?: string } };
  return slack_file?.url === undefined ? safeUrl(image_url ?? '') : fileUrl(slack_file.url);
}

/** Files are this server's: their address is taken without its host, which a reader may call by another name. */
export function fileUrl(url: string): string | null {
  if (/^\/(?!\/)/.test(url)) return url;
  const safe = safeUrl(url);
  return safe && new URL(safe).pathname;
}

export function SmallImage({ image, className }: { image: ImageElement; className: string }) {
  const url = imageUrl(image);
  return url === null ? (
    <span className="unsupported">{image.alt_text}</span>
  ) : (
    <img className={className} src={url} alt={image.alt_text} title={image.alt_text} />
  );
}

export function ImageBlockView({ block }: { block: ImageBlock }) {
  const url = imageUrl(block);
  return (
    <figure className="image">
      {block.title && (
        <figcaption className="image-title">
          <Plain text={block.title} />
        </figcaption>
      )}
      {url === null ? (
        <ImageMissing alt={block.alt_text} />
      ) : (
        <OpenableImage url={url} alt={block.alt_text} title={block.title?.text} />
      )}
    </figure>
  );
}

function ImageMissing({ alt }: { alt: string }) {
  return <p className="unsupported">The image could not be loaded: {alt}</p>;
}

interface Size {
  width?: number;
  height?: number;
}

export function OpenableImage({
  url,
  alt,
  title,
  width,
  height,
}: { url: string; alt: string; title?: string } & Size) {
  const open = useLightbox();
  const [broken, setBroken] = useState(false);
  if (broken) return <ImageMissing alt={alt} />;
  return (
    <button
      type="button"
      className="image-button"
      onClick={() => open({ url, alt, title })}
      aria-label={`Open image: ${alt}`}
    >
      <img src={url} alt={alt} width={width} height={height} onError={() => setBroken(true)} />
    </button>
  );
}
