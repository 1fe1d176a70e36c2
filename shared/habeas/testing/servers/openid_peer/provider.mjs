// A certified OpenID Connect provider for tests: `node provider.mjs SETTINGS.json`, on loopback, everything in memory.
//
// Who signs in, by what (acr) and how long ago is typed into its one form, which a test or a browser fills in. Signing
// in and out, prompts, max_age, PKCE, codes and tokens are the library's own.

import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Provider } from 'oidc-provider'

const { issuer, port, clients, accounts, acr, algorithms, secret } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

const key = (kty, options, alg) => {
  const { privateKey } = generateKeyPairSync(kty, options)
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: alg, alg }
}

const provider = new Provider(issuer, {
  jwks: {
    keys: [
      key('rsa', { modulusLength: 2048 }, 'RS256'),
      key('rsa', { modulusLength: 2048 }, 'PS256'),
      key('ec', { namedCurve: 'P-256' }, 'ES256'),
      key('ed25519', {}, 'EdDSA'),
    ],
  },
  clients,
  acrValues: acr,
  cookies: { keys: [secret] },
  claims: {
    openid: ['sub', 'acr', 'auth_time'],
    email: ['email', 'email_verified'],
    phone: ['phone_number', 'phone_number_verified'],
    profile: ['name', 'birthdate'],
    customer: ['customer_number'],
  },
  enabledJWA: { idTokenSigningAlgValues: algorithms },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
  findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
  // Whoever signs in here agrees: what is asked for is granted without a page of its own.
  async loadExistingGrant(ctx) {
    const { client, session, params } = ctx.oidc
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
    grant.addOIDCScope(params.scope)
    await grant.save()
    return grant
  },
  ttl: { Session: 86400, Grant: 600, AccessToken: 600, IdToken: 300, Interaction: 600, AuthorizationCode: 60 },
})

const form = (params) => `<!doctype html><html lang="en"><title>Test provider</title><h1>Sign in</h1><form method="post">
<p><label>Account <input name="account" value="${params.login_hint ?? ''}"></label></p>
<p><label>By <input name="acr"></label></p><p><label>Seconds ago <input name="ago" value="0"></label></p>
<p><button>Sign in</button> <button name="refuse" value="yes">Refuse</button></p></form></html>`

const readForm = async (req) => {
  let text = ''
  for await (const part of req) text += part
  return new URLSearchParams(text)
}

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/sign-in/')) return next()
  const { params } = await provider.interactionDetails(ctx.req, ctx.res)
  if (ctx.method !== 'POST') {
    ctx.type = 'html'
    ctx.body = form(params)
    return undefined
  }
  const typed = await readForm(ctx.req)
  const ts = Math.floor(Date.now() / 1000) - Number(typed.get('ago') ?? 0)
  const login = { accountId: typed.get('account'), acr: typed.get('acr') || undefined, ts, remember: true }
  const result = typed.get('refuse') ? { error: 'access_denied' } : { login }
  ctx.respond = false
  return provider.interactionFinished(ctx.req, ctx.res, result)
})

provider.on('server_error', (_, error) => console.error('server_error', error.stack))
provider.on('grant.error', (_, error) => console.error('grant.error', error.error_description, error.error_detail))
provider.on('authorization.error', (_, error) => console.error('authorization.error', error.error_description))
provider.listen(port, '127.0.0.1', () => console.log(`the provider listens on ${issuer}`))
