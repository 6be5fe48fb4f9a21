import { useEffect, useState } from 'react';
import type { FileView } from '../../protocol.ts';
import { fileUrl, OpenableImage } from '../blocks/image.tsx';

/** Files of a message: images large enough to read, texts with their first lines. */
export function Files({ files }: { files: readonly FileView[] }) {
  return (
    <div className="files">
      {files.map((file) => (
        <FileCard key={file.id} file={file} />
      ))}
    </div>
  );
}

function FileCard({ file }: { file: FileView }) {
  const url = fileUrl(file.url);
  if (url === null) return <p className="unsupported">The file “{file.title}” could not be loaded.</p>;
  if (file.mimetype.startsWith('image/')) return <ImageFile file={file} url={url} />;
  return (
    <div className="file">
      <a className="file-name" href={url} target="_blank" rel="noopener noreferrer">
        <span aria-hidden="true">📄 </span>
        {file.title || file.name}
      </a>
      {file.mimetype.startsWith('text/') && <TextPreview url={url} />}
    </div>
  );
}

function ImageFile({ file, url }: { file: FileView; url: string }) {
  const alt = file.alt || file.title || file.name;
  return (
    <figure className="image">
      <figcaption className="image-title">{file.title || file.name}</figcaption>
      <OpenableImage url={url} alt={alt} title={file.title} width={file.width} height={file.height} />
    </figure>
  );
}

const LINES = 8;

function TextPreview({ url }: { url: string }) {
  const [text, setText] = useState<string | null>(null);
  const [whole, setWhole] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    fetch(url, { signal: stop.signal })
      .then((response) => (response.ok ? response.text() : ''))
      .then(setText, () => setText(''));
    return () => stop.abort();
  }, [url]);
  if (!text) return null;
  const lines = text.split('\n');
  const more = lines.length - LINES;
  return (
    <>
      <pre className="pre file-text">{(whole ? lines : lines.slice(0, LINES)).join('\n')}</pre>
      {more > 0 && (
        <button type="button" className="file-more" onClick={() => setWhole(!whole)}>
          {whole ? 'Show less' : `Show ${more} more ${more === 1 ? 'line' : 'lines'}`}
        </button>
      )}
    </>
  );
}
