/** A file with its place inside what was dropped or chosen, `folder/sub/a.txt`. */
export interface PlacedFile {
  file: File
  path: string
}

export const folderOf = (path: string) => path.split('/').slice(0, -1).join('/')

const OWN_RUBBISH = /^(\.|~\$|Thumbs\.db$|desktop\.ini$)/i

const isRubbish = (path: string) => path.split('/').some((part) => OWN_RUBBISH.test(part))

export function fromInput(files: FileList): PlacedFile[] {
  return [...files]
    .map((file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath }))
    .filter(({ path }) => !isRubbish(path))
}

/** Everything below what was dropped, folders opened. The entries must be taken in the event itself: later they are gone. */
export async function fromDrop(transfer: DataTransfer): Promise<PlacedFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  if (entries.length === 0) return fromInput(transfer.files)
  const found = await Promise.all(entries.map((entry) => filesBelow(entry)))
  return found.flat().filter(({ path }) => !isRubbish(path))
}

async function filesBelow(entry: FileSystemEntry): Promise<PlacedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    return [{ file, path: entry.fullPath.replace(/^\//, '') }]
  }
  const found = await Promise.all((await readFolder(entry as FileSystemDirectoryEntry)).map((child) => filesBelow(child)))
  return found.flat()
}

/** A browser hands out a folder in batches of about a hundred. */
async function readFolder(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (batch.length === 0) return all
    all.push(...batch)
  }
}
