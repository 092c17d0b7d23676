-- Ask for a page after a random document; the ids stand in the file named by the first argument.
local ids = {}

function init(args)
  math.randomseed(tonumber(args[2]) or 1)
  for line in io.lines(args[1]) do ids[#ids + 1] = line end
end

function request()
  return wrk.format("GET", "/api/v1/library/documents?limit=20&after=" .. ids[math.random(#ids)])
end
