// Writes dist/THIRD-PARTY-LICENSES.txt: name, version, licence and licence text of every package the build ships.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const listed = ['bundled-modules.txt', 'worker-modules.txt'].map((name) => join(root, 'node_modules/.cache', name))
const target = join(root, 'dist/THIRD-PARTY-LICENSES.txt')
const RULE = '-'.repeat(80)

if (!listed.every((one) => existsSync(one)) || !existsSync(join(root, 'dist'))) {
  console.error('licences: there is no build yet, run "npm run build" first')
  process.exit(1)
}

function licenceText(folder) {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
  return names.sort().map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n')
}

function entry(folder) {
  const info = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (!info.license) throw new Error(`${info.name} names no licence`)
  const author = typeof info.author === 'string' ? info.author : info.author?.name
  const text = licenceText(folder) || `Licence: ${info.license}${author ? `\nAuthor: ${author}` : ''}`
  return { key: `${info.name}@${info.version}`, text: `${info.name} ${info.version}\nLicence: ${info.license}\n\n${text}\n` }
}

const folders = listed.flatMap((one) => readFileSync(one, 'utf8').split('\n')).filter(Boolean).map((name) => join(root, name))
folders.push(join(root, 'node_modules/swagger-ui-dist'))
const entries = new Map(folders.map(entry).map(({ key, text }) => [key, text]))
const ordered = [...entries].sort(([a], [b]) => a.localeCompare(b)).map(([, text]) => text)
writeFileSync(target, `Ondol ships these packages in its web page.\n\n${RULE}\n${ordered.join(`\n${RULE}\n`)}`)
console.log(`licences: ${entries.size} packages`)
