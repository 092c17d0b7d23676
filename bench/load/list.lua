-- Ask for a page after a random line; the ids stand in the file named by the first argument, the
-- third one is the address of the list.
local ids, place = {}, ""

function init(args)
  math.randomseed(tonumber(args[2]) or 1)
  place = args[3] .. "&after="
  for line in io.lines(args[1]) do ids[#ids + 1] = line end
end

function request()
  return wrk.format("GET", place .. ids[math.random(#ids)])
end
