-- Refuses a token in the hands of another than it was given to (RFC 8705): the digest of the client's
-- certificate has to be the one in the token, whose signature was checked before.

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

local function base64url(hex)
  local bits, count, out = 0, 0, {}
  for pair in hex:gmatch("%x%x") do
    bits, count = bits * 256 + tonumber(pair, 16), count + 8
    while count >= 6 do
      local unit = 2 ^ (count - 6)
      local index = math.floor(bits / unit)
      out[#out + 1] = ALPHABET:sub(index + 1, index + 1)
      bits, count = bits % unit, count - 6
    end
  end
  if count > 0 then
    local index = bits * 2 ^ (6 - count)
    out[#out + 1] = ALPHABET:sub(index + 1, index + 1)
  end
  return table.concat(out)
end

local function claims(handle)
  local metadata = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
  if metadata == nil then return nil end
  for _, payload in pairs(metadata) do
    if type(payload) == "table" and payload["iss"] ~= nil then return payload end
  end
  return nil
end

local function refuse(handle, why)
  handle:logInfo("token refused: " .. why)
  handle:respond({
    [":status"] = "401",
    ["content-type"] = "application/problem+json",
    ["www-authenticate"] = 'Bearer error="invalid_token"',
  }, '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"' .. why .. '"}')
end

function envoy_on_request(handle)
  local payload = claims(handle)
  if payload == nil then return end
  local audience = payload["aud"]
  if type(audience) == "string" and audience:sub(1, 7) == "intake." then
    -- Regions call each other over the network between them; their tokens live five minutes.
    return
  end
  local bound = payload["cnf"] and payload["cnf"]["x5t#S256"]
  if bound == nil then
    return refuse(handle, "the token is bound to no certificate")
  end
  local tls = handle:streamInfo():downstreamSslConnection()
  if tls == nil or not tls:peerCertificatePresented() then
    return refuse(handle, "no certificate was presented")
  end
  if base64url(tls:sha256PeerCertificateDigest()) ~= bound then
    return refuse(handle, "the token is bound to another certificate")
  end
end
