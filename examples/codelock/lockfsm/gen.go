package lockfsm

//go:generate go tool fsmgen generate ../lock.fsm.yaml
