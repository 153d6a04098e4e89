#!/usr/bin/env python3
"""The parts of figures.sh: asks API server and operator, and prints one line a figure."""
import http.client, json, os, pathlib, re, ssl, sys, time

here = pathlib.Path(__file__).parent
state = pathlib.Path(os.environ["PEERS"])
tls = ssl.create_default_context(cafile=state / "pki/ca.crt")
tls.load_cert_chain(state / "pki/admin.crt", state / "pki/admin.key")
server = http.client.HTTPSConnection("127.0.0.1", 6443, context=tls)


def ask(method, path, body=None, kind="application/json"):
    server.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": kind})
    answer = server.getresponse()
    text = answer.read()
    if answer.status >= 300 and answer.status != 404:
        sys.exit(f"{method} {path}: {answer.status} {text[:300]}")
    return json.loads(text) if answer.status != 404 else None


def metrics():
    operator = http.client.HTTPConnection("127.0.0.1", 8080)
    operator.request("GET", "/q/metrics")
    return operator.getresponse().read().decode()


RUNS = "/apis/ballast.rl/v1alpha1/namespaces/bench/rlruns"


def run(name, engines=1):
    return {
        "apiVersion": "ballast.rl/v1alpha1", "kind": "RLRun", "metadata": {"name": name, "namespace": "bench"},
        "spec": {
            "model": {"random": {"preset": "tiny-moe", "seed": 0}}, "data": {"prompts": {"path": "prompts.jsonl"}},
            "reward": {"verifier": "exact-answer"}, "recipe": {"onPolicy": {}}, "steps": 20,
            "rollouts": {"replicas": engines}, "storage": {"claimName": "bench-store"}}}


def pods(name):
    """How many exist, and how many are Ready."""
    found = ask("GET", f"/api/v1/namespaces/bench/pods?labelSelector=ballast.rl/run={name}&resourceVersion=0")["items"]
    ready = (any(c["type"] == "Ready" and c["status"] == "True" for c in p["status"].get("conditions", [])) for p in found)
    return len(found), sum(ready)


def timed(name):
    """Seconds until the two pods of a run exist, and until both are Ready."""
    began = time.monotonic()
    ask("POST", RUNS, run(name))
    exist = None
    while True:
        there, ready = pods(name)
        if exist is None and there == 2:
            exist = time.monotonic() - began
        if ready == 2:
            return exist, time.monotonic() - began
        time.sleep(0.02)


def buckets(text):
    """(upper bound, cumulative count) of reconciles of runs, all results together."""
    found = {}
    for labels, count in re.findall(r"operator_sdk_controllers_execution_reconcile_seconds_bucket\{([^}]*)\} (\S+)", text):
        if 'controller="rlrun"' in labels:
            bound = float(re.search(r'le="([^"]*)"', labels).group(1).replace("+Inf", "inf"))
            found[bound] = found.get(bound, 0) + float(count)
    return found


def quantile(before, after, share):
    total = after[float("inf")] - before.get(float("inf"), 0)
    for bound in sorted(after):
        if after[bound] - before.get(bound, 0) >= share * total:
            return bound


def begin():
    (state / "began").write_text(str(time.time()))


def leader():
    began = float((state / "began").read_text())
    while not (ask("GET", "/apis/coordination.k8s.io/v1/namespaces/default/leases/ballast-operator") or {}).get("spec", {}).get("holderIdentity"):
        time.sleep(0.02)
    print(f"start to leader: {time.time() - began:.2f} s")
    time.sleep(20)
    pid = (state / "pid/operator").read_text().strip()
    while True:  # from the shell that started it to the Java process
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children:
            break
        pid = children[0]
    rss = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)
    print(f"idle resident memory: {int(rss) / 1024:.0f} MiB")


def neighbour():
    timed("warm-up")
    alone = [timed(f"alone-{i}") for i in range(5)]
    began = time.monotonic()
    ask("POST", RUNS, run("big", 500))
    beside = []
    while pods("big")[1] < 501:
        if len(beside) < 20:
            beside.append(timed(f"beside-{len(beside)}"))
    print(f"500 engines ready: {time.monotonic() - began:.1f} s; meanwhile {len(beside)} other runs, one after the other")
    for part, what in enumerate(("exist", "ready")):
        one, other = sorted(t[part] for t in alone), sorted(t[part] for t in beside)
        print(f"pods of another run {what}: alone {one[2]:.2f} s (median of 5), beside {other[len(other) // 2]:.2f} s (median), at most {other[-1]:.2f} s")


def idle():
    time.sleep(10)
    names = [item["metadata"]["name"] for item in ask("GET", RUNS)["items"] if item["metadata"]["name"] != "big"]
    for warm in (True, False):
        before = buckets(metrics())
        for turn in range(20):
            for name in names:
                # A pod that changes wakes its run up, and an annotation asks for nothing.
                ask("PATCH", f"/api/v1/namespaces/bench/pods/{name}-learner-0-1", {"metadata": {"annotations": {"turn": f"{warm} {turn}"}}}, "application/merge-patch+json")
            time.sleep(0.5)
        time.sleep(3)
        after = buckets(metrics())
    count = after[float("inf")] - before[float("inf")]
    print(f"reconciles with nothing to do: {count:.0f}, p50 at most {1000 * quantile(before, after, .5):.1f} ms, "
          f"p99 at most {1000 * quantile(before, after, .99):.1f} ms")


{"begin": begin, "leader": leader, "neighbour": neighbour, "idle": idle}[sys.argv[1]]()
