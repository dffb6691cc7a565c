-- Is the InferenceService what git says? KServe's own Ready also means "the previous version still answers", so it
-- says Ready during a rollout and after a failed one. Healthy here: the new ReplicaSet has taken over completely.
-- A status that is older than the spec is not believed: Argo CD asks within moments of applying.

local SETTLE_SECONDS = 3

local function seconds(stamp)
  local y, m, d, h, min, s = string.match(stamp or "", "(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)")
  if y == nil then return 0 end
  return os.time({year = tonumber(y), month = tonumber(m), day = tonumber(d),
                  hour = tonumber(h), min = tonumber(min), sec = tonumber(s)})
end

local function applied_at()
  local latest = 0
  for _, entry in ipairs(obj.metadata.managedFields or {}) do
    if entry.manager == "argocd-controller" and entry.subresource == nil then
      latest = math.max(latest, seconds(entry.time))
    end
  end
  return latest
end

local function condition(kind)
  for _, item in ipairs(obj.status and obj.status.conditions or {}) do
    if item.type == kind then return item end
  end
  return {}
end

local applied = applied_at()
local predictor, ready, failed = condition("PredictorReady"), condition("Ready"), condition("RolloutFailed")

local function is_fresh(item) return seconds(item.lastTransitionTime) >= applied end

if failed.status == "True" and is_fresh(failed) then -- written by the steward, which looks at the pods
  return {status = "Degraded", message = failed.reason .. ": " .. failed.message}
end
local fatal = {ProgressDeadlineExceeded = true, FailedCreate = true, ReconcileFailed = true}
if predictor.status == "False" and fatal[predictor.reason] and is_fresh(predictor) then
  return {status = "Degraded", message = predictor.reason .. ": " .. (predictor.message or "")}
end
if ready.status == "True" and predictor.reason == "NewReplicaSetAvailable"
    and (is_fresh(predictor) or os.time() - applied >= SETTLE_SECONDS) then
  return {status = "Healthy", message = predictor.message}
end
return {status = "Progressing", message = predictor.message or "waiting for KServe"}
