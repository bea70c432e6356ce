import { QueryClient } from '@tanstack/react-query'
import { expect, it } from 'vitest'
import { dropDocument } from '@/lib/api/documents'
import { folderOf, fromDrop } from './files'
import { withParents } from './folders'
import { highlight } from './highlight'

const hits = (text: string, question: string) => highlight(text, question).filter((piece) => piece.hit).map((piece) => piece.text)

it('marks the words of a question, in Korean also under another particle', () => {
  expect(hits('The floor is a Floor.', 'floor')).toEqual(['floor', 'Floor'])
  expect(hits('구들장을 데운다', '구들장이 무엇?')).toEqual(['구들장'])
  expect(hits('Who lit the fire?', 'who lit the fire')).toEqual(['fire'])
  expect(hits('a+b (c)', 'a+b')).toEqual(['a+b'])
  expect(highlight('nothing', 'x')).toEqual([{ text: 'nothing', hit: false }])
})

it('keeps the whole text in order', () => {
  expect(highlight('one two one', 'one').map((piece) => piece.text).join('')).toBe('one two one')
})

it('drops a document that is gone from every page of the list', () => {
  const client = new QueryClient()
  const pages = [[{ id: '3' }, { id: '2' }], [{ id: '1' }]]
  dropDocument(client, '2')
  expect(client.getQueryData(['documents'])).toBeUndefined()
  client.setQueryData(['documents'], { pages, pageParams: [undefined, '2'] })
  dropDocument(client, '2')
  expect(client.getQueryData(['documents'])).toMatchObject({ pages: [[{ id: '3' }], [{ id: '1' }]] })
})

const fileEntry = (fullPath: string) => ({
  isFile: true,
  fullPath,
  file: (done: (file: File) => void) => done(new File(['x'], fullPath.split('/').at(-1) ?? '')),
})

function folderEntry(fullPath: string, batches: unknown[][]) {
  const left = [...batches]
  return { isFile: false, fullPath, createReader: () => ({ readEntries: (done: (batch: unknown[]) => void) => done(left.shift() ?? []) }) }
}

it('opens dropped folders to their last batch and leaves rubbish out', async () => {
  const sub = folderEntry('/house/sub', [[fileEntry('/house/sub/b.md')]])
  const house = folderEntry('/house', [[fileEntry('/house/a.txt'), fileEntry('/house/.DS_Store')], [sub, fileEntry('/house/~$open.txt')]])
  const items = [house, fileEntry('/c.csv')].map((entry) => ({ webkitGetAsEntry: () => entry }))
  const found = await fromDrop({ items, files: [] } as unknown as DataTransfer)
  expect(found.map((one) => one.path)).toEqual(['house/a.txt', 'house/sub/b.md', 'c.csv'])
  expect(found.map((one) => folderOf(one.path))).toEqual(['house', 'house/sub', ''])
})

it('lists folders as a tree that counts what lies below', () => {
  const found = [{ path: 'house', documents: 1 }, { path: 'house/bills', documents: 2 }, { path: 'house-old', documents: 4 }, { path: 'work/a', documents: 3 }]
  expect(withParents(found, 'empty').map(({ path, documents, depth }) => [path, documents, depth])).toEqual([
    ['empty', 0, 0],
    ['house', 3, 0],
    ['house/bills', 2, 1],
    ['house-old', 4, 0],
    ['work', 3, 0],
    ['work/a', 3, 1],
  ])
})
