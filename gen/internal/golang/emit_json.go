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
}

// literals are the texts of a `renamed_from` or a `removed`.
func literals(texts []spec.Text) []jen.Code {
	var codes []jen.Code
	for _, t := range texts {
		codes = append(codes, jen.Lit(t.Value))
	}
	return codes
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

// unmarshal reads a struct strictly, also under the names that its fields had in older versions.
func (p *plan) unmarshal(t jsonType) jen.Code {
	receiver := strings.ToLower(t.name[:1])
	fields := []jen.Code{id("*plain")}
	var after []jen.Code
	for _, f := range t.fields {
		name, typ := spec.GoName(f.Name), p.goType(f.Type.Value)
		if f.Type.Value == "error" {
			fields = append(fields, id(name).Add(impl("ErrorText")))
			after = append(after, id(receiver+"."+name).Op("=").Id("read."+name+".Err"))
		}
		for _, t := range f.Renamed {
			old := spec.GoName(t.Value)
			value := jen.Op("*").Id("read." + old)
			if f.Type.Value == "error" {
				typ, value = impl("ErrorText"), id("read."+old+".Err")
			}
			fields = append(fields, id(old).Op("*").Add(typ))
			after = append(after, jen.If(id("read."+old).Op("!=").Nil()).Block(id(receiver+"."+name).Op("=").Add(value)))
		}
	}
	var body []jen.Code
	if t.initial != nil {
		body = append(body, jen.Op("*").Id(receiver).Op("=").Add(t.initial))
	}
	body = append(body, jen.Type().Id("plain").Id(t.name))
	plain := jen.Parens(jen.Op("*").Id("plain")).Call(id(receiver))
	decode := func(into jen.Code) *jen.Statement {
		return impl("DecodeSnapshot").Call(jen.Lit(p.spec.Name.Value), jen.Lit(t.part), id("text"), into)
	}
	if len(after) == 0 {
		body = append(body, jen.Return(decode(plain)))
	} else {
		body = append(body, id("read").Op(":=").Struct(fields...).Values(entry("plain", plain)),
			ifErr(decode(jen.Op("&").Id("read")), id("err")))
		body = append(append(body, after...), jen.Return(jen.Nil()))
	}
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
