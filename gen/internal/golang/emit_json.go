package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/fsmgen/fsmgen/spec"
)

// jsonType is a struct with methods that read and write it as JSON.
type jsonType struct {
	name    string // Data
	fields  []*spec.Field
	part    string         // of a snapshot, for errors
	initial *jen.Statement // what fields have that are not there; nil for zero
	removed []string       // fields of older versions, by their names in JSON
}

// literals are the texts of a `renamed_from` or a `removed`.
func literals(texts []spec.Text) []jen.Code {
	var codes []jen.Code
	for _, t := range texts {
		codes = append(codes, jen.Lit(t.Value))
	}
	return codes
}

// stringList is a list of texts; nil where there is none.
func stringList(texts []string) *jen.Statement {
	if len(texts) == 0 {
		return jen.Nil()
	}
	var codes []jen.Code
	for _, t := range texts {
		codes = append(codes, jen.Lit(t))
	}
	return jen.Index().String().Values(codes...)
}

// jsonNames are the names that fields have in JSON.
func jsonNames(texts []spec.Text) []string {
	var names []string
	for _, t := range texts {
		names = append(names, spec.GoName(t.Value))
	}
	return names
}

// jsonMethods are the method that reads a struct, and where it has errors the one that writes it.
func (p *plan) jsonMethods(t jsonType) []jen.Code {
	var codes []jen.Code
	if len(errorFields(t.fields)) > 0 {
		codes = append(codes, p.marshal(t))
	}
	return append(codes, p.unmarshal(t))
}

// marshal writes the texts of errors in their place.
func (p *plan) marshal(t jsonType) jen.Code {
	receiver := strings.ToLower(t.name[:1])
	fields, values := []jen.Code{id("plain")}, []jen.Code{id("plain").Call(id(receiver))}
	for _, f := range errorFields(t.fields) {
		name := spec.GoName(f.Name)
		fields = append(fields, id(name).Add(impl("ErrorText")))
		values = append(values, impl("ErrorText").Values(entry("Err", id(receiver+"."+name))))
	}
	return documented("MarshalJSON writes an error as its text.",
		method(receiver+" "+t.name, "MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).Block(
			jen.Type().Id("plain").Id(t.name),
			jen.Return(jen.Qual("encoding/json", "Marshal").Call(jen.Struct(fields...).Values(values...))),
		))
}

// unmarshal reads a struct strictly, field by field, also under the names that its fields had in older versions.
func (p *plan) unmarshal(t jsonType) jen.Code {
	receiver := strings.ToLower(t.name[:1])
	fields := []jen.Code{jen.Lit(p.spec.Name.Value), jen.Lit(t.part), id("text"), stringList(t.removed)}
	for _, f := range t.fields {
		into := jen.Op("&").Id(receiver + "." + spec.GoName(f.Name))
		if f.Type.Value == "error" {
			into = impl("IntoError").Call(into)
		}
		values := []jen.Code{entry("Name", jen.Lit(spec.GoName(f.Name)))}
		if len(f.Renamed) > 0 {
			values = append(values, entry("Was", stringList(jsonNames(f.Renamed))))
		}
		fields = append(fields, impl("StoredField").Values(append(values, entry("Into", into))...))
	}
	var body []jen.Code
	if t.initial != nil {
		body = append(body, jen.Op("*").Id(receiver).Op("=").Add(t.initial))
	}
	body = append(body, jen.Return(impl("DecodeFields").Custom(jen.Options{Open: "(", Close: ")", Separator: ",", Multi: true}, fields...)))
	return documented(p.unmarshalDoc(t),
		method(receiver+" *"+t.name, "UnmarshalJSON").Params(id("text").Index().Byte()).Error().Block(body...))
}

func (p *plan) unmarshalDoc(t jsonType) string {
	names := ""
	for _, f := range t.fields {
		if len(f.Renamed) > 0 {
			names = ", also under its older names"
		}
	}
	return fmt.Sprintf("UnmarshalJSON reads what a snapshot has of it%s. What has no place here is an [fsm.SnapshotError].", names)
}
