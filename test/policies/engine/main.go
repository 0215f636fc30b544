// Judges flows by the engine of cyclonus, which simulates NetworkPolicies.
//
// Without arguments it reads one scenario per line from standard input and writes one line with the verdicts about its flows, in their order.
// With the argument `cases` it writes one line per step of the test cases that cyclonus publishes: policies, pods, and flows with verdicts.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/connectivity/probe"
	"github.com/mattfenwick/cyclonus/pkg/generator"
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

type peer struct {
	IP string `json:"ip"`
	// Namespace is empty for a peer that is not in the pod network.
	Namespace       string            `json:"namespace,omitempty"`
	NamespaceLabels map[string]string `json:"namespaceLabels,omitempty"`
	PodLabels       map[string]string `json:"podLabels,omitempty"`
}

type flow struct {
	Source      peer            `json:"source"`
	Destination peer            `json:"destination"`
	Port        int             `json:"port"`
	PortName    string          `json:"portName,omitempty"`
	Protocol    corev1.Protocol `json:"protocol"`
}

type scenario struct {
	Policies []*networkingv1.NetworkPolicy `json:"policies"`
	Flows    []flow                        `json:"flows"`
}

type verdict struct {
	Ingress bool `json:"ingress"`
	Egress  bool `json:"egress"`
}

func main() {
	output := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(output)
	if len(os.Args) > 1 && os.Args[1] == "cases" {
		writeCases(encoder)
	} else {
		judgeScenarios(encoder)
	}
	if err := output.Flush(); err != nil {
		log.Fatal(err)
	}
}

func judgeScenarios(encoder *json.Encoder) {
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(make([]byte, 1<<20), 1<<26)
	for scanner.Scan() {
		if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
			continue
		}
		var input scenario
		if err := json.Unmarshal(scanner.Bytes(), &input); err != nil {
			log.Fatalf("a scenario is not JSON: %v", err)
		}
		policy := matcher.BuildNetworkPolicies(false, input.Policies)
		verdicts := []verdict{}
		for _, one := range input.Flows {
			result := policy.IsTrafficAllowed(&matcher.Traffic{
				Source:           one.Source.traffic(),
				Destination:      one.Destination.traffic(),
				ResolvedPort:     one.Port,
				ResolvedPortName: one.PortName,
				Protocol:         one.Protocol,
			})
			verdicts = append(verdicts, verdict{Ingress: result.Ingress.IsAllowed(), Egress: result.Egress.IsAllowed()})
		}
		write(encoder, verdicts)
	}
	if err := scanner.Err(); err != nil {
		log.Fatal(err)
	}
}

func (p peer) traffic() *matcher.TrafficPeer {
	if p.Namespace == "" {
		return &matcher.TrafficPeer{IP: p.IP}
	}
	return &matcher.TrafficPeer{IP: p.IP, Internal: &matcher.InternalPeer{
		Namespace: p.Namespace, NamespaceLabels: p.NamespaceLabels, PodLabels: p.PodLabels,
	}}
}

// The resources that cyclonus uses by default.
var (
	namespaces = []string{"x", "y", "z"}
	podNames   = []string{"a", "b", "c"}
	ports      = []int{80, 81}
	protocols  = []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}
)

type caseStep struct {
	Description string                        `json:"description"`
	Step        int                           `json:"step"`
	Policies    []*networkingv1.NetworkPolicy `json:"policies"`
	Namespaces  map[string]map[string]string  `json:"namespaces"`
	Pods        []casePod                     `json:"pods"`
	Flows       []caseFlow                    `json:"flows"`
}

type casePod struct {
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels"`
	IP        string            `json:"ip"`
	Ports     []casePort        `json:"ports"`
}

type casePort struct {
	Name     string          `json:"name"`
	Port     int             `json:"port"`
	Protocol corev1.Protocol `json:"protocol"`
}

type caseFlow struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	Port     int             `json:"port"`
	Protocol corev1.Protocol `json:"protocol"`
	verdict
}

func writeCases(encoder *json.Encoder) {
	resources := &probe.Resources{Namespaces: map[string]map[string]string{}}
	for _, namespace := range namespaces {
		resources.Namespaces[namespace] = map[string]string{"ns": namespace, corev1.LabelMetadataName: namespace}
		for _, name := range podNames {
			pod := probe.NewDefaultPod(namespace, name, ports, protocols, false, "registry")
			pod.IP = fmt.Sprintf("192.168.1.%d", len(resources.Pods)+1)
			resources.Pods = append(resources.Pods, pod)
		}
	}
	// The address of z/c, as in cyclonus.
	generated := generator.NewTestCaseGenerator(true, resources.Pods[8].IP, namespaces, nil, nil)
	for _, testCase := range generated.GenerateAllTestCases() {
		current := state{resources: resources}
		for index, step := range testCase.Steps {
			for _, action := range step.Actions {
				current.apply(action)
			}
			write(encoder, current.judge(testCase.Description, index, step.Probe))
		}
	}
}

type state struct {
	policies  []*networkingv1.NetworkPolicy
	resources *probe.Resources
}

func (s *state) apply(action *generator.Action) {
	var err error
	switch {
	case action.CreatePolicy != nil:
		s.policies = append(s.policies, action.CreatePolicy.Policy)
	case action.UpdatePolicy != nil:
		s.remove(action.UpdatePolicy.Policy.Namespace, action.UpdatePolicy.Policy.Name)
		s.policies = append(s.policies, action.UpdatePolicy.Policy)
	case action.DeletePolicy != nil:
		s.remove(action.DeletePolicy.Namespace, action.DeletePolicy.Name)
	case action.CreateNamespace != nil:
		labels := map[string]string{corev1.LabelMetadataName: action.CreateNamespace.Namespace}
		for key, value := range action.CreateNamespace.Labels {
			labels[key] = value
		}
		s.resources, err = s.resources.CreateNamespace(action.CreateNamespace.Namespace, labels)
	case action.SetNamespaceLabels != nil:
		s.resources, err = s.resources.UpdateNamespaceLabels(action.SetNamespaceLabels.Namespace, action.SetNamespaceLabels.Labels)
	case action.DeleteNamespace != nil:
		s.resources, err = s.resources.DeleteNamespace(action.DeleteNamespace.Namespace)
	case action.CreatePod != nil:
		s.resources, err = s.resources.CreatePod(action.CreatePod.Namespace, action.CreatePod.Pod, action.CreatePod.Labels)
		if err == nil {
			s.resources.Pods[len(s.resources.Pods)-1].IP = fmt.Sprintf("192.168.2.%d", len(s.resources.Pods))
		}
	case action.SetPodLabels != nil:
		s.resources, err = s.resources.SetPodLabels(action.SetPodLabels.Namespace, action.SetPodLabels.Pod, action.SetPodLabels.Labels)
	case action.DeletePod != nil:
		s.resources, err = s.resources.DeletePod(action.DeletePod.Namespace, action.DeletePod.Pod)
	default:
		log.Fatalf("the case has an action that this program does not know: %+v", action)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func (s *state) remove(namespace, name string) {
	var remaining []*networkingv1.NetworkPolicy
	for _, one := range s.policies {
		if one.Namespace != namespace || one.Name != name {
			remaining = append(remaining, one)
		}
	}
	s.policies = remaining
}

func (s *state) judge(description string, index int, config *generator.ProbeConfig) caseStep {
	step := caseStep{Description: description, Step: index, Policies: s.policies, Namespaces: s.resources.Namespaces}
	for _, pod := range s.resources.Pods {
		one := casePod{Namespace: pod.Namespace, Name: pod.Name, Labels: pod.Labels, IP: pod.IP}
		for _, container := range pod.Containers {
			one.Ports = append(one.Ports, casePort{Name: container.PortName, Port: container.Port, Protocol: container.Protocol})
		}
		step.Pods = append(step.Pods, one)
	}
	policy := matcher.BuildNetworkPolicies(false, s.policies)
	builder := probe.JobBuilder{}
	for _, job := range builder.GetJobsForProbeConfig(s.resources, config).Valid {
		result := policy.IsTrafficAllowed(job.Traffic())
		step.Flows = append(step.Flows, caseFlow{
			From: job.FromKey, To: job.ToKey, Port: job.ResolvedPort, Protocol: job.Protocol,
			verdict: verdict{Ingress: result.Ingress.IsAllowed(), Egress: result.Egress.IsAllowed()},
		})
	}
	return step
}

func write(encoder *json.Encoder, value any) {
	if err := encoder.Encode(value); err != nil {
		log.Fatal(err)
	}
}
