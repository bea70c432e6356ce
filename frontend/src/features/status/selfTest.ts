import type { SelfTestResult } from '@/lib/types'

/** The newest result of a search that was made otherwise than the one tested last: what to compare with. */
export function beforeChange(results: readonly SelfTestResult[]): SelfTestResult | undefined {
  const setup = results[0]?.setup
  return results.find((one) => one.setup !== setup && one.tested > 0)
}
