-- Argo CD has one health check for all InferenceServices. Those with the label predictor/rollout-health: strict are judged
-- by their rollout; others as by Argo CD's own check (its 3.5, resource_customizations/serving.kserve.io).

local conditions = {}
for _, item in ipairs(obj.status and obj.status.conditions or {}) do conditions[item.type] = item end
local function condition(kind) return conditions[kind] or {} end
local function describe(item) return (item.reason or item.type) .. ": " .. (item.message or "") end

-- As Argo CD's own: the model decides between Degraded and Progressing, and any condition that is not True prevents Healthy.
local function usual_health()
  if condition("Stopped").status == "True" then return {status = "Suspended", message = "InferenceService is stopped"} end
  local model = (obj.status and obj.status.modelStatus or {}).transitionStatus or "UpToDate"
  local unhealthy = {}
  if model ~= "UpToDate" then table.insert(unhealthy, "model is " .. model) end
  for _, item in ipairs(obj.status and obj.status.conditions or {}) do
    if item.type ~= "Stopped" and (item.status == "False" or item.status == "Unknown") then
      table.insert(unhealthy, item.type .. " is " .. item.status .. ", " .. describe(item))
    end
  end
  if not (obj.status and obj.status.conditions) then return {status = "Progressing", message = "waiting for KServe"} end
  if #unhealthy == 0 then return {status = "Healthy", message = "InferenceService is healthy"} end
  local is_moving = model == "UpToDate" or model == "InProgress"
  return {status = is_moving and "Progressing" or "Degraded", message = table.concat(unhealthy, "; ")}
end

-- Is the InferenceService what git says? KServe's own Ready also means "the previous version still answers", so it
-- says Ready during a rollout and after a failed one. Healthy here: the new ReplicaSet has taken over completely.
-- A status that is older than the spec is not believed: Argo CD asks within moments of applying.
-- Times are compared as they are written, 2026-01-31T12:00:00Z.
local SETTLE_SECONDS = 3
local BELIEVE_SECONDS = 60 -- how long "no verdict" lasts; the steward renews it every 10 s
local FATAL = {ProgressDeadlineExceeded = true, FailedCreate = true, ReconcileFailed = true}

local applied = ""
for _, entry in ipairs(obj.metadata.managedFields or {}) do
  if entry.manager == "argocd-controller" and entry.subresource == nil and (entry.time or "") > applied then
    applied = entry.time
  end
end

local function is_fresh(item) return (item.lastTransitionTime or "") >= applied end
local function ago(seconds) return os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - seconds) end

local function rollout_health()
  -- RolloutFailed and Proven are written by the steward, which looks at the pods and at the last sync
  local predictor, ready, failed = condition("PredictorReady"), condition("Ready"), condition("RolloutFailed")
  local proven = condition("Proven")
  if failed.status == "True" and is_fresh(failed) then
    return {status = "Degraded", message = describe(failed)}
  end
  -- pods that wait for room or for a registry are not the commit's fault, also not when KServe's patience is over
  if failed.status == "Unknown" and is_fresh(failed) and failed.lastTransitionTime > ago(BELIEVE_SECONDS) then
    return {status = "Progressing", message = describe(failed)}
  end
  if predictor.status == "False" and FATAL[predictor.reason] and is_fresh(predictor) then
    return {status = "Degraded", message = describe(predictor)}
  end
  local settled = ago(SETTLE_SECONDS) >= applied
  if ready.status == "True" and predictor.reason == "NewReplicaSetAvailable" and (is_fresh(predictor) or settled) then
    -- Not Degraded: the next sync may leave this object as it is, and would end at once. It waits until the steward says
    -- Syncing, and its smoke test starts only where this says Healthy.
    if is_fresh(proven) and proven.status == "False" then
      return {status = "Progressing", message = "NOT PROVEN: " .. describe(proven)}
    end
    if is_fresh(proven) and proven.reason == "Proving" then
      return {status = "Progressing", message = "being proven: " .. proven.message}
    end
    return {status = "Healthy", message = predictor.message}
  end
  return {status = "Progressing", message = predictor.message or "waiting for KServe"}
end

local is_strict = (obj.metadata.labels or {})["predictor/rollout-health"] == "strict"
return is_strict and rollout_health() or usual_health()
