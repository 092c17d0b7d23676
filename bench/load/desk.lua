-- Lend copies and take them back: each copy comes back 33 requests after it was lent.
local number, lag, readers, base = 0, 33, 40, 0
local seed, headers = "", {}

function init(args)
  seed = args[1]
  base = tonumber(seed) * 8000
  for line in string.gmatch(args[2], "[^|]+") do
    local name, value = string.match(line, "^([%w-]+): (.+)$")
    headers[name] = value
  end
  headers["Content-Type"] = "application/json"
end

local function barcode(n) return string.format("TS%07d", base + n) end

function request()
  number = number + 1
  if number % 2 == 1 then
    headers["Idempotency-Key"] = seed .. "-" .. number
    return wrk.format("POST", "/api/v1/library/loans", headers,
      string.format('{"barcode": "%s", "card": "LC-%d"}', barcode(number), number % readers))
  end
  headers["Idempotency-Key"] = nil
  local back = number > lag and number - lag or number  -- At first copies that nobody has.
  return wrk.format("POST", "/api/v1/library/returns", headers,
    string.format('{"barcode": "%s"}', barcode(back)))
end
