import { createContext, useContext } from 'react';
import { Dialog } from './dialog.tsx';

export interface Picture {
  url: string;
  alt: string;
  title?: string;
}

export const LightboxContext = createContext<(picture: Picture) => void>(() => undefined);

/** Opens an image as large as the window allows. */
export function useLightbox(): (picture: Picture) => void {
  return useContext(LightboxContext);
}

export function Lightbox({ picture, onClose }: { picture: Picture; onClose(): void }) {
  return (
    <Dialog className="lightbox" label={picture.title ?? picture.alt} light onClose={onClose}>
      <div className="lightbox-bar">
        <span className="lightbox-title">{picture.title ?? picture.alt}</span>
        <a
          className="icon-button"
          href={picture.url}
          target="_blank"
          rel="noopener noreferrer"
          title="Open in a new tab"
        >
          ↗
        </a>
        <button type="button" className="icon-button" aria-label="Close" data-focus onClick={onClose}>
          ×
        </button>
      </div>
      <img src={picture.url} alt={picture.alt} />
    </Dialog>
  );
}
