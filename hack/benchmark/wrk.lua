-- wrk: V1 requests with one photo each, from the file BODIES, in turn; counts answers by status
local requests, turn, threads = {}, 0, {}

function setup(thread) table.insert(threads, thread) end

function init()
  refused, failed = 0, 0
  for body in io.lines(os.getenv("BODIES")) do
    table.insert(requests, wrk.format("POST", "/v1/models/" .. (os.getenv("SERVING_NAME") or "model") .. ":predict", {["Content-Type"] = "application/json"}, body))
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function response(status)
  if status == 503 then refused = refused + 1 elseif status ~= 200 then failed = failed + 1 end
end

function done(summary, latency)
  local refused, failed = 0, 0
  for _, thread in ipairs(threads) do
    refused, failed = refused + thread:get("refused"), failed + thread:get("failed")
  end
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format('RESULT {"seconds": %f, "requests": %d, "p50": %f, "p99": %f, "refused": %d, "failed": %d, "lost": %d}',
    summary.duration / 1e6, summary.requests, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, refused, failed, lost))
end
