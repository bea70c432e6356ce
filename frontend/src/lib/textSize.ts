import { recall, remember } from '@/lib/storage'

export const TEXT_SIZES = ['small', 'normal', 'large', 'larger'] as const
export type TextSize = (typeof TEXT_SIZES)[number]

const PERCENT: Record<TextSize, number> = { small: 87.5, normal: 100, large: 112.5, larger: 125 }
const KEY = 'textSize'

export const rememberedTextSize = (): TextSize => TEXT_SIZES.find((one) => one === recall(KEY)) ?? 'normal'

/** Everything on the page is measured in rem, so it grows with the root. */
function show(size: TextSize): void {
  document.documentElement.style.fontSize = size === 'normal' ? '' : `${PERCENT[size]}%`
}

export const startTextSize = () => show(rememberedTextSize())

export function switchTextSize(size: TextSize): void {
  remember(KEY, size)
  show(size)
}
