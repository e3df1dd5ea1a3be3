iptables -F -X
iptables -L -Z
----
rules:1:13: error: -F and -X are two commands; each needs a line of its own [command-conflict]
  iptables -F -X
              ^~
