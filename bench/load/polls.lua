-- Vote in one poll: each voter in turn, again and again, for one option after the other.
local number, voters = 0, {}
local place, code

function init(args)
  place, code = args[1], args[3]
  for line in io.lines(args[2]) do
    local headers = {["Content-Type"] = "application/json"}
    for pair in string.gmatch(line, "[^|]+") do
      local name, value = string.match(pair, "^([%w-]+): (.+)$")
      headers[name] = value
    end
    voters[#voters + 1] = headers
  end
end

function request()
  number = number + 1
  return wrk.format("PUT", place, voters[number % #voters + 1],
    string.format('{"choices": {"%s": ["%d"]}}', code, number % 5 + 1))
end
