package poolfsm

//go:generate go tool fsmgen generate ../../spec/pool.fsm.yaml
