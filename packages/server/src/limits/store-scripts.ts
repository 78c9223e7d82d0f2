import { createHash } from "node:crypto";

/** A script and the SHA-1 that a store knows it by. */
export type StoreScript = { readonly lua: string; readonly sha: string };

/**
 * The store's scripts. They run on Redis 6.2 and later and on Valkey; each touches the two keys of one counter, which
 * share a hash tag, so that a cluster may hold them.
 *
 * A counter's calls are one string: four doubles (`keepEntries`, `keepMs`, index of the oldest kept, time of the newest),
 * then the times of calls as doubles, oldest first: 8 bytes a call, where a list takes 11 and a sorted set some 80.
 * A call is appended; what lies before the oldest kept is cut off when it is more than half of the rest, so a counter
 * takes at most 1.5 times its kept calls (and what the store allocates ahead). Whether a time lies in the window is found
 * by halving. Leases are a sorted set of holder by deadline.
 */
export type StoreScripts = {
  /** Concurrency, rate and record: the whole of one decision. */
  readonly decide: StoreScript;
  readonly peek: StoreScript;
  readonly release: StoreScript;
  readonly renew: StoreScript;
  readonly merge: StoreScript;
  readonly beat: StoreScript;
};

/** Whole milliseconds on the store's clock: whatever the nodes' clocks say, there is one time. */
const STORE_CLOCK = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** @param clock Lua that sets `now`; only a test gives another than the store's own clock */
export function createStoreScripts(clock = STORE_CLOCK): StoreScripts {
  const script = (...parts: string[]): StoreScript => {
    const lua = [clock, ...parts].join("\n");
    return { lua, sha: createHash("sha1").update(lua).digest("hex") };
  };
  return {
    decide: script(READ_COUNTER, DECIDE),
    peek: script(READ_COUNTER, "return {0, used, secondsUntilFree(used), running, at, now}"),
    release: script(READ_NEWEST, RELEASE),
    renew: script(READ_NEWEST, RENEW),
    merge: script(MERGE),
    beat: script(BEAT),
  };
}

/**
 * ARGV: 1 window ms, 2 calls per window. A store clock that went back is taken to stand still at the newest call, so
 * that none is counted out of its window early. `now` stays the clock: waits are told in its time.
 */
const READ_COUNTER = `
local windowMs, maxCalls = tonumber(ARGV[1]), tonumber(ARGV[2])
local keepEntries, keepMs, first, newest, size = 0, 0, 0, 0, 0
local head = redis.call('GETRANGE', KEYS[1], 0, 31)
if #head == 32 then
  keepEntries, keepMs, first, newest = struct.unpack('<dddd', head)
  size = (redis.call('STRLEN', KEYS[1]) - 32) / 8 - first
end
local at = math.max(now, math.ceil(newest))
local function timeAt(index)
  local offset = 32 + (first + index) * 8
  return (struct.unpack('<d', redis.call('GETRANGE', KEYS[1], offset, offset + 7)))
end
local edge = at - windowMs
local outside, inside = 0, size
if size > 0 and timeAt(0) > edge then inside = 0 end
while outside < inside do
  local middle = math.floor((outside + inside) / 2)
  if timeAt(middle) <= edge then outside = middle + 1 else inside = middle end
end
local used = size - outside
local running = redis.call('ZCOUNT', KEYS[2], '(' .. string.format('%d', at), '+inf')
local function secondsUntilFree(count)
  if maxCalls == 0 then return windowMs / 1000 end
  if count == 0 then return 0 end
  return math.ceil((timeAt(size - math.min(count, maxCalls)) + windowMs - now) / 1000)
end`;

/**
 * ARGV: 3 slots, 4 lease ms, 5 holder of the lease, 6 and 7 calls and ms kept at least, 8 latest time of this decision,
 * 9 channel, 10 node, 11 key. A decision that comes later was given up by its node, which decided by itself.
 */
const DECIDE = `
if now > tonumber(ARGV[8]) then return {3, 0, 0, 0, at, now} end
if running >= tonumber(ARGV[3]) then return {1, used, secondsUntilFree(used), running, at, now} end
if used >= maxCalls then return {2, used, secondsUntilFree(used), running, at, now} end
local leaseMs = tonumber(ARGV[4])
keepEntries = math.max(keepEntries, tonumber(ARGV[6]), maxCalls)
keepMs = math.max(keepMs, tonumber(ARGV[7]), windowMs)
while size >= keepEntries do first, size = first + 1, size - 1 end
for _ = 1, 2 do
  if size > 0 and timeAt(0) <= at - keepMs then first, size = first + 1, size - 1 end
end
local call = struct.pack('<d', at)
if #head < 32 or first * 2 > size then
  local kept = size > 0 and redis.call('GETRANGE', KEYS[1], 32 + first * 8, -1) or ''
  first = 0
  redis.call('SET', KEYS[1], struct.pack('<dddd', keepEntries, keepMs, first, at) .. kept .. call)
else
  redis.call('APPEND', KEYS[1], call)
  redis.call('SETRANGE', KEYS[1], 0, struct.pack('<dddd', keepEntries, keepMs, first, at))
end
size = size + 1
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', at)
redis.call('ZADD', KEYS[2], at + leaseMs, ARGV[5])
redis.call('PEXPIRE', KEYS[1], at - now + keepMs + 1000)
redis.call('PEXPIRE', KEYS[2], at - now + leaseMs + 1000)
redis.call('PUBLISH', ARGV[9], ARGV[10] .. '\\n' .. ARGV[11] .. '\\n' .. struct.pack('<dd', keepEntries, keepMs) .. call)
return {0, used + 1, secondsUntilFree(used + 1), running + 1, at, now}`;

/** Deadlines follow the same time as decisions, also while a clock that went back has to catch up. */
const READ_NEWEST = `
local newest = redis.call('GETRANGE', KEYS[1], 24, 31)
local at = #newest == 8 and math.max(now, math.ceil((struct.unpack('<d', newest)))) or now`;

/** ARGV: 1 holder. 1 when it held its slot until now. */
const RELEASE = `
local deadline = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not deadline then return {0, now} end
redis.call('ZREM', KEYS[2], ARGV[1])
return {tonumber(deadline) > at and 1 or 0, now}`;

/** ARGV: 1 holder, 2 lease ms, 3 whether a slot that is gone is taken again, because its work still runs. */
const RENEW = `
local deadline = redis.call('ZSCORE', KEYS[2], ARGV[1])
if ARGV[3] == '0' and (not deadline or tonumber(deadline) <= at) then return {0, now} end
local leaseMs = tonumber(ARGV[2])
redis.call('ZADD', KEYS[2], at + leaseMs, ARGV[1])
redis.call('PEXPIRE', KEYS[2], at - now + leaseMs + 1000)
return {at + leaseMs, now}`;

/**
 * Calls that the store does not know or has lost. ARGV: 1 and 2 calls and ms to keep, 3 the times, 4 channel, 5 node,
 * 6 key, 7 those times of which the other nodes have not heard. Of calls at the same time there are then as many as either side had: told twice, they count once.
 */
const MERGE = `
local keepEntries, keepMs, first = tonumber(ARGV[1]), tonumber(ARGV[2]), 0
local bytes = redis.call('GET', KEYS[1]) or ''
if #bytes >= 32 then
  local entries, ms, oldest = struct.unpack('<ddd', bytes)
  keepEntries, keepMs, first = math.max(keepEntries, entries), math.max(keepMs, ms), oldest
end
local given, left, right = ARGV[3], 33 + first * 8, 1
local times, count, newest = {}, 0, 0
while left <= #bytes or right <= #given do
  local stored = left <= #bytes and struct.unpack('<d', bytes, left) or math.huge
  local told = right <= #given and struct.unpack('<d', given, right) or math.huge
  newest = math.min(stored, told)
  if stored <= told then left = left + 8 end
  if told <= stored then right = right + 8 end
  count = count + 1
  times[count] = struct.pack('<d', newest)
end
local kept = table.concat(times, '', math.max(1, count - keepEntries + 1))
redis.call('SET', KEYS[1], struct.pack('<dddd', keepEntries, keepMs, 0, newest) .. kept)
redis.call('PEXPIRE', KEYS[1], math.max(1, math.ceil(newest - now) + keepMs + 1000))
if ARGV[7] ~= '' then
  redis.call('PUBLISH', ARGV[4], ARGV[5] .. '\\n' .. ARGV[6] .. '\\n' .. struct.pack('<dd', keepEntries, keepMs) .. ARGV[7])
end
return {count, now}`;

/**
 * A node says that it is there and that the store knows all its calls. KEYS: 1 the nodes by their last beat. ARGV: 1 node,
 * 2 ms after which a silent node is taken for gone, 3 latest time of this beat, 4 channel.
 */
const BEAT = `
if now > tonumber(ARGV[3]) then return {now} end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then redis.call('PUBLISH', ARGV[4], ARGV[1] .. '\\n') end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], 86400000)
local answer = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
table.insert(answer, 1, now)
return answer`;
