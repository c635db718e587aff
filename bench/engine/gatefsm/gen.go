package gatefsm

//go:generate go -C ../../.. tool fsmgen generate bench/engine/gate.fsm.yaml
