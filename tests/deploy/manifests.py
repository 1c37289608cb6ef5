"""Checks Kubernetes manifests and compose.yaml: what parses, and what matters of it.

    manifests.py kubernetes FILE...     each document of each file
    manifests.py sidecar FILE           a patch that puts pgweir beside an application
    manifests.py compose FILE

Schemas need a network that tests do not have, so this knows the fields that are used and refuses others: a misspelt
key is an error here as it would be for the API server.
"""

import sys
import tomllib

import yaml

METADATA = {"name", "namespace", "labels", "annotations"}
CONTAINER = {
    "name", "image", "imagePullPolicy", "args", "env", "envFrom", "ports", "startupProbe", "readinessProbe",
    "livenessProbe", "lifecycle", "resources", "securityContext", "volumeMounts", "restartPolicy",
}
POD = {
    "terminationGracePeriodSeconds", "automountServiceAccountToken", "enableServiceLinks", "securityContext",
    "topologySpreadConstraints", "containers", "volumes", "imagePullSecrets", "priorityClassName", "nodeSelector",
    "affinity", "tolerations",
}
PROBE = {"httpGet", "periodSeconds", "timeoutSeconds", "failureThreshold"}
# kind: apiVersion, fields of spec that must be there, fields that may.
KINDS = {
    "ConfigMap": ("v1", None, None),
    "Deployment": ("apps/v1", {"selector", "template", "strategy"}, {"replicas"}),
    "Service": ("v1", {"selector", "ports"}, {"type"}),
    "PodDisruptionBudget": ("policy/v1", {"minAvailable", "selector"}, set()),
    "HorizontalPodAutoscaler": (
        "autoscaling/v2", {"scaleTargetRef", "minReplicas", "maxReplicas", "metrics"}, {"behavior"}),
    "NetworkPolicy": ("networking.k8s.io/v1", {"podSelector", "policyTypes", "ingress", "egress"}, set()),
    "ServiceMonitor": ("monitoring.coreos.com/v1", {"selector", "endpoints"}, {"jobLabel"}),
    "PrometheusRule": ("monitoring.coreos.com/v1", {"groups"}, set()),
}


class Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, which YAML's readers otherwise let pass."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        expect(len(keys) == len(set(keys)), f"a key twice among {keys}, {node.start_mark}")
        return super().construct_mapping(node, deep)


def expect(holds, what):
    if not holds:
        raise SystemExit(f"manifests.py: {what}")


def fields(where, mapping, must, may=frozenset()):
    missing, unknown = must - mapping.keys(), mapping.keys() - must - may
    expect(not missing and not unknown, f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")


def documents(files):
    for file in files:
        for document in yaml.load_all(open(file), Loader):
            expect(isinstance(document, dict), f"{file}: a document that is no mapping")
            yield file, document


def kubernetes(files):
    by_kind = {}
    for file, document in documents(files):
        kind = document.get("kind")
        if kind == "Kustomization":
            continue
        where = f"{file}: {kind}"
        expect(kind in KINDS, f"{where} is not expected")
        version, must, may = KINDS[kind]
        expect(document["apiVersion"] == version, f"{where}: {document['apiVersion']}, not {version}")
        fields(where, document, {"apiVersion", "kind", "metadata"} | ({"data"} if must is None else {"spec"}))
        fields(where, document["metadata"], {"name", "labels"}, METADATA)
        strings(where, document["metadata"]["labels"])
        if must is not None:
            fields(where, document["spec"], must, may)
        by_kind.setdefault(kind, []).append(document)
    deployment = one(by_kind, "Deployment")
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"]
    strings("the pods", labels)
    strings("the pods", template["metadata"].get("annotations", {}))
    pod(template["spec"])
    selects("Deployment", deployment["spec"]["selector"]["matchLabels"], labels)
    ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
    service = one(by_kind, "Service")
    selects("Service", service["spec"]["selector"], labels)
    for port in service["spec"]["ports"]:
        expect(port["targetPort"] in ports, f"Service: {port} leads nowhere")
    budget = one(by_kind, "PodDisruptionBudget")
    selects("PodDisruptionBudget", budget["spec"]["selector"]["matchLabels"], labels)
    scaled(by_kind, deployment, budget)
    for policy in by_kind.get("NetworkPolicy", []):
        selects("NetworkPolicy", policy["spec"]["podSelector"]["matchLabels"], labels)
        names = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
        expect(names == ports, f"NetworkPolicy: {names}, not {ports}")
    for monitor in by_kind.get("ServiceMonitor", []):
        selects("ServiceMonitor", monitor["spec"]["selector"]["matchLabels"], service["metadata"]["labels"])
        names = {port["name"] for port in service["spec"]["ports"]}
        expect({e["port"] for e in monitor["spec"]["endpoints"]} <= names, "ServiceMonitor: no such port")
        label = monitor["spec"]["jobLabel"]
        expect(service["metadata"]["labels"][label] == "pgweir", "the job would not be called pgweir")
    for rule in by_kind.get("PrometheusRule", []):
        expect(len(rule["spec"]["groups"][0]["rules"]) > 10, "PrometheusRule: hardly any rules")
    configured(by_kind, deployment)
    kinds = sorted((kind, len(found)) for kind, found in by_kind.items())
    print(", ".join(kind if count == 1 else f"{count} {kind}" for kind, count in kinds))


def one(by_kind, kind):
    expect(len(by_kind.get(kind, [])) == 1, f"{len(by_kind.get(kind, []))} of {kind}, not one")
    return by_kind[kind][0]


def strings(where, mapping):
    for key, value in mapping.items():
        expect(isinstance(value, str), f"{where}: label or annotation {key} is {value!r}, no text")


def selects(where, selector, labels):
    expect(selector and selector.items() <= labels.items(), f"{where} selects {selector}, not {labels}")


def scaled(by_kind, deployment, budget):
    """Either an autoscaler or a number, and more pods than may be missing at once."""
    least = deployment["spec"].get("replicas")
    for scaler in by_kind.get("HorizontalPodAutoscaler", []):
        expect(least is None, "the Deployment's replicas would undo the autoscaler at every apply")
        target = scaler["spec"]["scaleTargetRef"]
        expect(target == {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment["metadata"]["name"]},
               f"HorizontalPodAutoscaler: {target}")
        least = scaler["spec"]["minReplicas"]
        expect(least <= scaler["spec"]["maxReplicas"], "HorizontalPodAutoscaler: less at most than at least")
    expect(least is not None and least > budget["spec"]["minAvailable"], "no pod could ever be moved")


def pod(spec):
    fields("the pod", spec, {"containers", "securityContext", "terminationGracePeriodSeconds"}, POD)
    expect(spec["enableServiceLinks"] is False, "a Service called pgweir would set variables PGWEIR_*")
    expect(spec["automountServiceAccountToken"] is False, "it needs no token of the API server")
    expect(spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, "no seccomp profile")
    expect(spec["securityContext"]["runAsNonRoot"] is True, "the pod may run as root")
    main = spec["containers"][0]
    container(main)
    expect(main["readinessProbe"]["httpGet"]["path"] == "/readyz", "readiness is not /readyz")
    expect("lifecycle" not in main, "server.drain_delay does what a preStop would")
    mounted, volumes = {m["name"] for m in main["volumeMounts"]}, {v["name"] for v in spec["volumes"]}
    expect(mounted == volumes, f"volumes {volumes}, mounted {mounted}")


def container(main):
    fields("the container", main, {"name", "image", "ports", "startupProbe", "livenessProbe", "resources",
                                   "securityContext"}, CONTAINER)
    repository, _, tag = main["image"].rpartition(":")
    expect(repository and tag not in ("", "latest"), f"{main['image']} is no version")
    security = main["securityContext"]
    expect(security["allowPrivilegeEscalation"] is False, "privileges may grow")
    expect(security["readOnlyRootFilesystem"] is True, "the file system is writable")
    expect(security["capabilities"] == {"drop": ["ALL"]}, "capabilities are kept")
    expect({"cpu", "memory"} <= main["resources"]["requests"].keys(), "nothing is requested")
    expect("memory" in main["resources"]["limits"], "memory has no limit")
    ports = {port["name"] for port in main["ports"]}
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        if name in main:
            fields(name, main[name], {"httpGet", "periodSeconds", "failureThreshold"}, PROBE)
            expect(main[name]["httpGet"]["port"] in ports, f"{name}: no such port")
    # A database that is away is no reason to restart what keeps its clients waiting.
    expect(main["livenessProbe"]["httpGet"]["path"] == "/livez", "liveness is not /livez")


def configured(by_kind, deployment):
    """The configuration is TOML, and the file is where the pod looks for it."""
    spec = deployment["spec"]["template"]["spec"]
    name = spec["volumes"][0]["configMap"]["name"]
    maps = [m for m in by_kind.get("ConfigMap", []) if m["metadata"]["name"] == name]
    expect(len(maps) == 1, f"no ConfigMap {name}")
    config = tomllib.loads(maps[0]["data"]["pgweir.toml"])
    expect(config["server"]["listen"] == ["0.0.0.0:6432"], "it would listen on loopback alone")
    expect(config["server"]["http_listen"] == "0.0.0.0:6433", "probes would not reach it")
    seconds = [int(config["server"][key].removesuffix("s")) for key in ("drain_delay", "shutdown_timeout")]
    expect(seconds[0] > 0, "clients would be sent to a pod that is gone")
    expect(sum(seconds) + 4 < spec["terminationGracePeriodSeconds"], "a drain would be cut short")
    main = spec["containers"][0]
    expect(main["args"] == ["--config", main["volumeMounts"][0]["mountPath"] + "/pgweir.toml"], "another file")


def sidecar(files):
    [(_, patch)] = documents(files)
    spec = patch["spec"]["template"]["spec"]
    fields("the patch", spec, {"initContainers"})
    [main] = spec["initContainers"]
    container(main)
    expect(main["restartPolicy"] == "Always", "an init container that ends")
    expect(main["securityContext"]["runAsNonRoot"] is True, "it may run as root")
    expect("readinessProbe" not in main, "it would take the application out of its Service")
    env = {variable["name"]: variable for variable in main["env"]}
    expect(env["PGWEIR_SERVER_LISTEN"]["value"] == "127.0.0.1:6432", "other pods would reach it")
    expect("valueFrom" in env["PGWEIR_USERS_APP_PASSWORD"], "a password in the open")


def compose(files):
    [(file, stack)] = documents(files)
    fields(file, stack, {"name", "services", "volumes"}, {"configs"})
    services = stack["services"]
    expect(services.keys() == {"primary", "replica", "pgweir", "prometheus", "grafana"}, f"{services.keys()}")
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            expect("healthcheck" in services[other] or other == "pgweir", f"{name} waits for {other}, without a check")
        for port in service.get("ports", []):
            expect(port.startswith("127.0.0.1:"), f"{name}: {port} is open to the network")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            expect(source.startswith("./") or source in stack["volumes"], f"{name}: no volume {source}")
    main = services["pgweir"]
    expect(main["read_only"] is True and main["cap_drop"] == ["ALL"], "pgweir is not confined")
    expect(main["security_opt"] == ["no-new-privileges:true"], "pgweir may gain privileges")
    print(", ".join(services))


if __name__ == "__main__":
    {"kubernetes": kubernetes, "sidecar": sidecar, "compose": compose}[sys.argv[1]](sys.argv[2:])
