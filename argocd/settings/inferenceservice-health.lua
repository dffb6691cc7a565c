-- Is the InferenceService what git says? KServe's own Ready also means "the previous version still answers", so it
-- says Ready during a rollout and after a failed one. Healthy here: the new ReplicaSet has taken over completely.
-- A status that is older than the spec is not believed: Argo CD asks within moments of applying.
-- Times are compared as they are written, 2026-01-31T12:00:00Z.

local SETTLE_SECONDS = 3

local applied = ""
for _, entry in ipairs(obj.metadata.managedFields or {}) do
  if entry.manager == "argocd-controller" and entry.subresource == nil and (entry.time or "") > applied then
    applied = entry.time
  end
end

local conditions = {}
for _, item in ipairs(obj.status and obj.status.conditions or {}) do conditions[item.type] = item end
local function condition(kind) return conditions[kind] or {} end
local function is_fresh(item) return (item.lastTransitionTime or "") >= applied end

local predictor, ready, failed = condition("PredictorReady"), condition("Ready"), condition("RolloutFailed")

if failed.status == "True" and is_fresh(failed) then -- written by the steward, which looks at the pods
  return {status = "Degraded", message = failed.reason .. ": " .. failed.message}
end
local fatal = {ProgressDeadlineExceeded = true, FailedCreate = true, ReconcileFailed = true}
if predictor.status == "False" and fatal[predictor.reason] and is_fresh(predictor) then
  return {status = "Degraded", message = predictor.reason .. ": " .. (predictor.message or "")}
end
local settled = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - SETTLE_SECONDS) >= applied
if ready.status == "True" and predictor.reason == "NewReplicaSetAvailable" and (is_fresh(predictor) or settled) then
  return {status = "Healthy", message = predictor.message}
end
return {status = "Progressing", message = predictor.message or "waiting for KServe"}
