import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import globals from 'globals'
import tseslint from 'typescript-eslint'

const FEATURES = ['account', 'chat', 'library', 'models', 'prompts', 'status']
const noClimbing = { group: ['../*'], message: 'Import across folders by "@/…".' }

/** Imports go one way: lib, i18n and components know no feature, features know neither each other nor app. */
function mayNotImport(files, group, message) {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns: [noClimbing, { group, message }] }] } }
}

export default tseslint.config(
  { ignores: ['dist', 'node_modules'] },
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}', 'build/*.ts', 'worker/*.ts', 'vite.config.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { project: ['./tsconfig.app.json', './tsconfig.node.json', './tsconfig.worker.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  { files: ['src/**/*.{ts,tsx}'], ...hooks.configs.flat['recommended-latest'] },
  { files: ['**/*.test.{ts,tsx}'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['build/*.mjs', 'eslint.config.js'], languageOptions: { globals: globals.node } },
  mayNotImport(['src/lib/**'], ['@/components/**', '@/features/**', '@/app/**'], 'lib is at the bottom.'),
  mayNotImport(['src/i18n/**'], ['@/components/**', '@/features/**', '@/app/**'], 'i18n is at the bottom.'),
  mayNotImport(['src/components/**'], ['@/features/**', '@/app/**'], 'Shared components know no feature.'),
  ...FEATURES.map((name) =>
    mayNotImport(
      [`src/features/${name}/**`],
      ['@/app/**', ...FEATURES.filter((other) => other !== name).map((other) => `@/features/${other}/**`)],
      'Features do not know each other nor app: share through lib or components.',
    ),
  ),
)
