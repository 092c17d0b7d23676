-- Buy what was quoted, one cart after the other; the versions and totals come as "version total".
local number, last = 0, 0
local headers, carts, patterns = {}, {}, 0

function init(args)
  number, last = tonumber(args[1]), tonumber(args[2])
  for line in string.gmatch(args[3], "[^|]+") do
    local name, value = string.match(line, "^([%w-]+): (.+)$")
    headers[name] = value
  end
  headers["Content-Type"] = "application/json"
  for pair in string.gmatch(args[4], "[^|]+") do
    carts[patterns] = { string.match(pair, "^(%d+) (%d+)$") }
    patterns = patterns + 1
  end
end

function request()
  number = number + 1
  if number > last then number = last end  -- Refused as placed already, so that the slice is void.
  local cart = carts[(number - 1) % patterns]
  headers["Idempotency-Key"] = "bench-" .. number
  headers["X-Cart-Key"] = string.format("bench-guest-of-the-town-%08d", number)
  return wrk.format("POST", "/api/v1/grocery/orders", headers, string.format(
    '{"version": %s, "expected_minor": %s}', cart[1], cart[2]))
end
