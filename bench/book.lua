-- Every request is a booking of its own; offices are taken in turn. Arguments: starts_at, slug, slug, …
local offices, starts_at, prefix, first, count = {}, "", "", 0, 0

function init(args)
  starts_at = args[1]
  for i = 2, #args do offices[#offices + 1] = args[i] end
  math.randomseed(os.time() + os.clock() * 1e6)
  prefix = string.format("%08x-%04x-4%03x", math.random(0, 0x7fffffff), math.random(0, 0xffff), math.random(0, 0xfff))
  first = math.random(0, 8999999)  -- everybody has a phone of their own, those of the warm-up too
  wrk.headers["content-type"] = "application/json"
end

function request()
  count = count + 1
  local id = string.format("%s-8%03x-%012x", prefix, count % 4096, count)
  local body = '{"booking_id":"' .. id .. '","service":"copy","starts_at":"' .. starts_at
    .. '","name":"Nguyễn Thị Ánh","phone":"' .. string.format("090%07d", first + count) .. '","party_size":1,"language":"vi"}'
  return wrk.format("POST", "/api/v1/offices/" .. offices[count % #offices + 1] .. "/bookings", nil, body)
end
