import { isPlaceholder } from './plausible.ts';
import { patternRule, type SecretRule } from './rule.ts';

/** Ends where what belongs to no token begins. */
const rule = (keyword: string | readonly string[], pattern: RegExp, before = 0): SecretRule =>
  patternRule([keyword].flat(), pattern, { before, accepts: (secret) => !isPlaceholder(secret) });

/** Tokens that gitleaks knows not at all, only in full length, or only beside the name of their service. */
export const tokenRules: readonly SecretRule[] = [
  rule('ey', /\beyJ[\w-]{8,}(?:\.[\w-]*){2,4}/),
  rule('zxlk', /\bZXlK[A-Za-z0-9+/]{40,}={0,2}/),
  rule('xox', /\bxox[abeoprs]-\d{9,}[\w-]{3,}|\bxoxd-[\w%-]{20,}/),
  rule(['hvs.', 'hvb.', 'hvr.'], /\bhv[sbr]\.[\w-]{20,}/),
  rule(['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'], /\bg(?:h[pousr]|ithub_pat)_\w{20,}/),
  rule(['akia', 'asia'], /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/),
  rule('gocspx-', /\bGOCSPX-[\w-]{20,}/),
  rule('ya29.', /\bya29\.[\w-]{20,}/),
  rule(['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glsoat-'], /\bgl[a-z]{2,5}-[\w.-]{16,}/),
  rule('npm_', /\bnpm_[A-Za-z0-9]{30,}/),
  rule(['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'], /\b[rs]k_(?:live|test)_\w{10,}/),
  rule('whsec_', /\bwhsec_[A-Za-z0-9+/=]{16,}/),
  rule('sk-', /\bsk-(?!ant-)(?=[\w-]*\d)(?:[a-z]{2,10}\d{0,2}-)*[\w-]{30,}/),
  rule('dckr_', /\bdckr_[a-z]{3,4}_[\w-]{20,}/),
  rule('sg.', /\bSG\.[\w-]{16,}\.[\w-]{16,}/),
  rule('sk', /\bSK[0-9a-f]{32}\b/),
  rule('key-', /\bkey-[0-9a-f]{32}\b/),
  rule(['nrak', 'nraa', 'nral'], /\b(?:NRA[AK]-[A-Z0-9]{27}|[a-f0-9]{36}NRAL)\b/, 40),
  rule(['glsa_', 'glc_'], /\bgl(?:sa_|c_eyJ)[\w+/=]{20,}/),
  rule('dt0c', /\bdt0c\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}/),
  rule('pypi-', /\bpypi-[\w-]{40,}/),
  rule('rubygems_', /\brubygems_[a-f0-9]{40,}/),
  rule('cio', /\bcio[A-Za-z0-9]{32}\b/),
  rule('atlasv1', /\b[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}/, 20),
  rule(['dop_v1_', 'doo_v1_', 'dor_v1_'], /\bdo[opr]_v1_[a-f0-9]{40,}/),
  rule('swmtkn-', /\bSWMTKN-\d-[a-z0-9]{20,}-[a-z0-9]{20,}/),
  rule(['sqp_', 'squ_', 'sqa_'], /\bsq[apu]_[a-f0-9]{40}\b/),
  rule(['sq0csp-', 'sq0atp-'], /\bsq0[a-z]{3}-[\w-]{20,}/),
  rule('eaaa', /\bEAAA[\w-]{50,}/),
  rule('lin_api_', /\blin_api_[A-Za-z0-9]{30,}/),
  rule('secret_', /\bsecret_[A-Za-z0-9]{43}\b/),
  rule('pmak-', /\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}/),
  rule(['shpat_', 'shpss_', 'shpca_', 'shppa_'], /\bshp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}/),
  rule('sha256~', /\bsha256~[\w-]{43}/),
  rule('pul-', /\bpul-[a-f0-9]{40}/),
  rule('dapi', /\bdapi[a-f0-9]{32}/),
  rule('dp.', /\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}/),
  rule(':aa', /\b(?:bot)?(\d{8,10}:AA[\w-]{32,33})/, 14),
  rule(['.com/api/webhooks/'], /\.com\/api\/webhooks\/\d+\/([\w-]{40,})/),
  rule('hooks.slack.com/', /hooks\.slack\.com\/(?:services|workflows|triggers)\/([\w/]{20,})/),
  rule('age-secret-key-1', /AGE-SECRET-KEY-1[A-Z0-9]{50,}/),
];
