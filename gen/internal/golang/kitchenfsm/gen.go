package kitchenfsm

//go:generate go tool fsmgen generate kitchen.fsm.yaml
