import type { Plugin } from 'vite'

/** KaTeX names each font in three formats; every browser that can run this page reads woff2, so the others stay out. */
export function leanFonts(): Plugin {
  return {
    name: 'ondol-lean-fonts',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      if (!/katex\.(?:min\.)?css/.test(id)) return null
      return { code: code.replaceAll(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(['"](?:woff|truetype)['"]\)/g, ''), map: null }
    },
  }
}
