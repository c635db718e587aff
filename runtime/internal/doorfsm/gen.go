package doorfsm

//go:generate go tool fsmgen generate door.fsm.yaml
