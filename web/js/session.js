// Who is signed in: the token lives in this tab (sessionStorage) and comes by the sign-in field or
// by a link's #token=….  What it claims is read here to choose what to show; what it may do is
// decided by the server alone.
const KEY = 'strike.token';
let token = sessionStorage.getItem(KEY);
let config = null;

function claimsOf(text) {
  try {
    const part = text.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

export const getToken = () => token;
export const claims = () => (token ? claimsOf(token) : null);

// false: that is no token, or one whose time is over
export function signIn(text) {
  const candidate = text.trim().replace(/^Bearer\s+/i, '');
  const claimed = claimsOf(candidate);
  if (!claimed || !claimed.role || (claimed.exp && claimed.exp * 1000 < Date.now())) return false;
  token = candidate;
  sessionStorage.setItem(KEY, token);
  return true;
}

export function signOut() {
  token = null;
  sessionStorage.removeItem(KEY);
}

// #token=… leaves the address bar, and the history, at once
export function takeTokenFromAddress() {
  const match = /^#token=([^&]+)(?:&(.*))?$/.exec(location.hash);
  if (!match) return;
  signIn(decodeURIComponent(match[1]));
  history.replaceState(null, '', location.pathname + location.search + (match[2] ? `#${match[2]}` : ''));
}

// {restUrl, tileUrl, version}; asked for once
export async function getConfig() {
  if (!config) {
    const answer = await fetch('/config.json', { cache: 'no-store', signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error('no configuration');
    config = await answer.json();
  }
  return config;
}
