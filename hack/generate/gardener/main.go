// Prints the JSON fields of Shoot, Network and Cluster in the version of Gardener's API that go.mod requires, as JSON:
// {"version": "v1.148.0", "structs": {"Shoot": [["metadata", "ObjectMeta"], ...]}}.
//
// Types are read by reflection, so that names, embedding and omitted fields are those of Go's JSON decoder. A type is string, boolean,
// int32, int64, number, quantity, intOrString (the latter two are strings or numbers), any, or the name of a struct; the prefixes [] and {}
// stand for a list and for an object with keys of any name.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path"
	"reflect"
	"runtime/debug"
	"strings"

	corev1beta1 "github.com/gardener/gardener/pkg/apis/core/v1beta1"
	extensionsv1alpha1 "github.com/gardener/gardener/pkg/apis/extensions/v1alpha1"
)

const module = "github.com/gardener/gardener/pkg/apis"

type structs struct {
	fields map[string][][2]string
	names  map[reflect.Type]string
}

func main() {
	found := structs{fields: map[string][][2]string{}, names: map[reflect.Type]string{}}
	for _, kind := range []any{corev1beta1.Shoot{}, extensionsv1alpha1.Network{}, extensionsv1alpha1.Cluster{}} {
		found.typeName(reflect.TypeOf(kind))
	}
	err := json.NewEncoder(os.Stdout).Encode(map[string]any{"version": version(), "structs": found.fields})
	if err != nil {
		log.Fatal(err)
	}
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		log.Fatal("the program has no build information")
	}
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	log.Fatalf("the program does not depend on %s", module)
	return ""
}

// unmarshalers lists the types that decode themselves, and what they accept.
var unmarshalers = map[string]string{
	"k8s.io/apimachinery/pkg/api/resource.Quantity":                 "quantity",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":                 "string",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":                 "any",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":                "string",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":                     "string",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":                  "any",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":               "intOrString",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON": "any",
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

func (s structs) typeName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return s.typeName(t.Elem())
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		name, ok := unmarshalers[t.PkgPath()+"."+t.Name()]
		if !ok {
			log.Fatalf("%s.%s decodes itself: add what it accepts to unmarshalers", t.PkgPath(), t.Name())
		}
		return name
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int32:
		return "int32"
	case reflect.Int, reflect.Int64:
		return "int64"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Interface:
		return "any"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string"
		}
		return "[]" + s.typeName(t.Elem())
	case reflect.Map:
		return "{}" + s.typeName(t.Elem())
	case reflect.Struct:
		return s.structName(t)
	default:
		log.Fatalf("%s has the unexpected kind %s", t, t.Kind())
		return ""
	}
}

func (s structs) structName(t reflect.Type) string {
	if name, ok := s.names[t]; ok {
		return name
	}
	name := t.Name()
	if _, taken := s.fields[name]; taken {
		// Of two structs with the same name, the second one gets that of its package, such as metav1: meta/v1.
		name = strings.ReplaceAll(path.Base(path.Dir(t.PkgPath()))+path.Base(t.PkgPath()), ".", "") + name
	}
	if _, taken := s.fields[name]; taken {
		log.Fatalf("several structs are called %s", name)
	}
	s.names[t] = name
	s.fields[name] = nil
	s.fields[name] = s.fieldsOf(t)
	return name
}

func (s structs) fieldsOf(t reflect.Type) [][2]string {
	fields := [][2]string{}
	for index := range t.NumField() {
		field := t.Field(index)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" && options == "":
			continue
		case name == "" && field.Anonymous:
			embedded := field.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			fields = append(fields, s.fieldsOf(embedded)...)
		case !field.IsExported():
			continue
		case name == "":
			log.Fatalf("%s.%s has no JSON name", t, field.Name)
		default:
			fields = append(fields, [2]string{name, s.typeName(field.Type)})
		}
	}
	return fields
}
