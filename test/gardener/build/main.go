// Reads one case per line from standard input, {"shoot": Shoot, "old": Shoot or absent}, and writes one line per case with the errors of
// Gardener's API server: those of strict decoding, of the validation of the API, and of the admission plugin ShootValidator about ranges.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log"
	"os"
	"slices"

	"github.com/gardener/gardener/pkg/api/core/validation"
	"github.com/gardener/gardener/pkg/apis/core"
	"github.com/gardener/gardener/pkg/apis/core/install"
	gardencorev1beta1 "github.com/gardener/gardener/pkg/apis/core/v1beta1"
	"github.com/gardener/gardener/pkg/apiserver/features"
	cidrvalidation "github.com/gardener/gardener/pkg/utils/validation/cidr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kjson "sigs.k8s.io/json"
)

type testCase struct {
	Shoot json.RawMessage `json:"shoot"`
	Old   json.RawMessage `json:"old,omitempty"`
}

type fieldError struct {
	Type   field.ErrorType `json:"type"`
	Field  string          `json:"field"`
	Detail string          `json:"detail"`
}

type verdict struct {
	// Strict holds errors that a client with strict field validation gets, such as kubectl: unknown and duplicate fields.
	Strict []string `json:"strict,omitempty"`
	// Decoding is set if the object cannot be decoded, such as for a value of the wrong type.
	Decoding string       `json:"decoding,omitempty"`
	Errors   []fieldError `json:"errors,omitempty"`
}

func main() {
	features.RegisterFeatureGates()
	scheme := runtime.NewScheme()
	install.Install(scheme)
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(make([]byte, 1<<20), 1<<26)
	output := json.NewEncoder(os.Stdout)
	for scanner.Scan() {
		if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
			continue
		}
		if err := output.Encode(judge(scheme, scanner.Bytes())); err != nil {
			log.Fatal(err)
		}
	}
	if err := scanner.Err(); err != nil {
		log.Fatal(err)
	}
}

func judge(scheme *runtime.Scheme, line []byte) verdict {
	var input testCase
	if err := json.Unmarshal(line, &input); err != nil {
		log.Fatalf("a case is not JSON: %v", err)
	}
	shoot, result := decode(scheme, input.Shoot)
	if result.Decoding != "" {
		return result
	}
	var (
		errs field.ErrorList
		old  *core.Shoot
	)
	if input.Old != nil {
		var stored verdict
		if old, stored = decode(scheme, input.Old); stored.Decoding != "" {
			log.Fatalf("the old Shoot of a case cannot be decoded: %v", stored.Decoding)
		}
		errs = validation.ValidateShootUpdate(shoot, old)
	} else {
		errs = validation.ValidateShoot(shoot)
	}
	errs = append(errs, validateRanges(shoot, old)...)
	for _, err := range errs {
		result.Errors = append(result.Errors, fieldError{err.Type, err.Field, err.Detail})
	}
	return result
}

// decode does what the API server does with a request: decoding, defaulting, conversion to the internal version.
func decode(scheme *runtime.Scheme, data []byte) (*core.Shoot, verdict) {
	var (
		external gardencorev1beta1.Shoot
		internal core.Shoot
		result   verdict
	)
	strict, err := kjson.UnmarshalStrict(data, &external)
	if err != nil {
		return nil, verdict{Decoding: err.Error()}
	}
	for _, one := range strict {
		result.Strict = append(result.Strict, one.Error())
	}
	scheme.Default(&external)
	if err := scheme.Convert(&external, &internal, nil); err != nil {
		return nil, verdict{Decoding: err.Error()}
	}
	return &internal, result
}

// Ranges of a seed that no case uses. They matter for IPv6 only.
const (
	seedPods     = "192.0.2.0/25"
	seedServices = "192.0.2.128/25"
)

// validateRanges does what the plugin ShootValidator does. The package of the plugin imports all of the API server, so its conditions are
// repeated here, and the rules themselves are called. The plugin runs for valid objects; here it judges the valid ranges of others as well, since offline commands report all errors at once.
func validateRanges(shoot, old *core.Shoot) field.ErrorList {
	networking := shoot.Spec.Networking
	if networking == nil || !slices.Contains(networking.IPFamilies, core.IPFamilyIPv4) {
		return nil
	}
	path := field.NewPath("spec", "networking")
	if len(validation.ValidateIPFamilies(networking.IPFamilies, path)) > 0 {
		return nil
	}
	nodes, pods, services := parseable(networking.Nodes), parseable(networking.Pods), parseable(networking.Services)
	errs := cidrvalidation.ValidateShootNetworkDisjointedness(path, nodes, pods, services)
	// A Shoot without a seed gets one later, from the scheduler, which applies the same rule.
	if old != nil && old.Spec.SeedName != nil && ptr.Equal(old.Spec.SeedName, shoot.Spec.SeedName) {
		return errs
	}
	return append(errs, cidrvalidation.ValidateNetworkDisjointedness(path, nodes, pods, services, nil, seedPods, seedServices)...)
}

func parseable(cidr *string) *string {
	if cidr == nil || !cidrvalidation.NewCIDR(*cidr, nil).Parse() {
		return nil
	}
	return cidr
}
