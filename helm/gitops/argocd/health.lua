-- Health of an RLRun, a RolloutPool or a LearnerGroup. The reasons are in docs/design/operator.md.
local function condition(kind)
  if obj.status ~= nil and obj.status.conditions ~= nil then
    for _, each in ipairs(obj.status.conditions) do
      if each.type == kind then
        return each
      end
    end
  end
  return {}
end

local function health(status, why)
  local message = why.reason or ""
  if why.message ~= nil and why.message ~= "" then
    message = message .. ": " .. why.message
  end
  return {status = status, message = message}
end

if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "the operator has not seen this generation yet"}
end

local ready = condition("Ready")
for _, kind in ipairs({"Failed", "Stalled"}) do
  if condition(kind).status == "True" then
    return health("Degraded", condition(kind))
  end
end
if condition("Suspended").status == "True" then
  return health("Suspended", condition("Suspended"))
end
if ready.status == "True" then
  return health("Healthy", ready)
end
return health("Progressing", ready)
